"""The lab's mirror: serves files under the paths of their URLs, counts, and misbehaves where it is told to."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tests.lab.parts.serving import serving

_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Fault:
    """How a path misbehaves, at its first so many requests, or always."""

    status: int = HTTPStatus.OK
    """Answered with this status and nothing else."""
    cut: int | None = None
    """The connection ends after so many bytes of the body, though the head promised all."""
    wrong: bool = False
    """The first byte of the body is another one: the length stays, the checksum does not."""
    times: int | None = None


@dataclass
class Mirror:
    """What is served, how it misbehaves, what was asked for."""

    files: Mapping[str, Path]
    faults: dict[str, Fault] = field(default_factory=dict)
    """By path; may change while the mirror runs."""
    requests: Counter[str] = field(default_factory=Counter)
    """How often each path was asked for."""
    address: tuple[str, int] = ("127.0.0.1", 0)

    @contextmanager
    def serving(self) -> Iterator["Mirror"]:
        """Serve, from this process, in the network namespace of the caller."""
        server = _Server(self.address, _Handler)
        server.mirror = self
        self.address = self.address[0], server.server_port
        with serving(server):
            yield self

    @property
    def url(self) -> str:
        """Its address as a prefix."""
        return "http://{}:{}".format(*self.address)

    def fault(self, path: str) -> Fault:
        """How the request that was just counted is answered."""
        fault = self.faults.get(path, Fault())
        return fault if fault.times is None or self.requests[path] <= fault.times else Fault()


class _Server(ThreadingHTTPServer):
    mirror: Mirror


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_GET(self) -> None:
        path, mirror = urlsplit(self.path).path, self.server.mirror
        mirror.requests[path] += 1
        fault, file = mirror.fault(path), mirror.files.get(path)
        if file is None or fault.status != HTTPStatus.OK:
            self.send_error(fault.status if file else HTTPStatus.NOT_FOUND)
            return
        size = file.stat().st_size
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        self._send(file, fault, size if fault.cut is None else fault.cut)

    def _send(self, file: Path, fault: Fault, left: int) -> None:
        with file.open("rb") as stream:
            if fault.wrong and left:
                self.wfile.write(bytes([stream.read(1)[0] ^ 0xFF]))
                left -= 1
            while left and (piece := stream.read(min(left, _PIECE))):
                self.wfile.write(piece)
                left -= len(piece)

    def handle(self) -> None:
        with suppress(ConnectionError):  # a machine lost its power, or had enough
            super().handle()

    def log_message(self, *args: object) -> None:
        """Say nothing: `requests` counts."""
