"""A front before the test's own Vault: TLS with an authority of its own, or plain; it can be taken away."""

import contextlib
import socket
import socketserver
import ssl
import threading
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from tests.judges.certificates import Authority


class Front(socketserver.ThreadingTCPServer):
    """Forwards bytes; `down` closes every connection at once."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, target: str, authority: Authority | None = None) -> None:
        parts = urlsplit(target)
        self.target, self.down, self._tls = (str(parts.hostname), int(parts.port or 0)), False, None
        if authority:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(authority.member, authority.member_key)
        super().__init__(("127.0.0.1", 0), _Relay)
        self.address = f"http{'s' if authority else ''}://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """The handshake is made in the connection's own thread."""
        with contextlib.suppress(OSError):
            wrapped = self._tls.wrap_socket(request, server_side=True) if self._tls else request
            super().process_request_thread(wrapped, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that refuse the certificate are what some tests want."""


class _Relay(socketserver.BaseRequestHandler):
    server: Front

    def handle(self) -> None:
        if self.server.down:
            return
        with contextlib.suppress(OSError), socket.create_connection(self.server.target) as upstream:
            done = threading.Thread(target=_pump, args=(self.request, upstream), daemon=True)
            done.start()
            _pump(upstream, self.request)
            done.join(1)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError, ValueError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


def private(folder: Path) -> Authority:
    """An authority that nobody knows, and a certificate of it for 127.0.0.1."""
    folder.mkdir(parents=True)
    return Authority.made(folder)
