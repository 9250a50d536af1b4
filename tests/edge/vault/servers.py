"""A cluster of a test's own in a real Vault-compatible server, and a front that loses requests."""

import contextlib
import http.client
import secrets
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

from cloudgen.edge.vault.applying import apply
from cloudgen.edge.vault.client import Client
from cloudgen.edge.vault.connection import Connection
from cloudgen.edge.vault.reading import read_live
from cloudgen.secrets import Secret
from cloudgen.vault import Layout, Plan, Step, compare, layout
from tests.scripts.sandbox import Bao
from tests.specs import spec

ONE = [{"name": "master-0", "address": "10.0.0.10"}]
THREE = [{"name": f"master-{n}", "address": f"10.0.0.1{n}"} for n in range(3)]


def cluster(**sections: Any) -> Layout:
    """What a cluster needs that nobody else knows; one master unless said otherwise."""
    sections = {"clusterName": f"c{secrets.token_hex(4)}", "masters": ONE, **sections}
    return layout(spec(**sections))


def client(bao: Bao, token: str = "", address: str = "") -> Client:
    """A client that does not wait long."""
    to = Connection(address=address or bao.address, token=Secret(token or bao.root), pauses=(0.01, 0.02))
    return Client(to)


def planned(on: Client, wanted: Layout, now: float | None = None, *, prune: bool = False) -> Plan:
    """What would be done."""
    return compare(wanted, read_live(on, wanted), time.time() if now is None else now, prune=prune)


def provisioned(on: Client, wanted: Layout, writer: Client | None = None, *, prune: bool = False) -> list[Step]:
    """Everything done, as the command does it; the steps."""
    done: list[Step] = []
    apply(writer or on, wanted, planned(on, wanted, prune=prune).steps, done.append)
    return done


def logged_in(on: Client, wanted: Layout, app_role: str) -> Client:
    """A client with an issuer's own token, got as key-keeper gets it."""
    path = f"auth/{wanted.prefix}/approle"
    role_id = (on.read(f"{path}/role/{app_role}/role-id") or {})["role_id"]
    secret_id = on.write(f"{path}/role/{app_role}/secret-id")["data"]["secret_id"]
    answer = on.write(f"{path}/login", {"role_id": role_id, "secret_id": secret_id})
    return on.with_token(Secret(answer["auth"]["client_token"]))


def minted(on: Client, hcl: str) -> Client:
    """A client with a token of one policy, and nothing else."""
    name = f"test-{time.monotonic_ns()}"
    on.write(f"sys/policies/acl/{name}", {"policy": hcl})
    token = on.write("auth/token/create", {"policies": [name], "no_default_policy": True, "no_parent": True})
    return on.with_token(Secret(token["auth"]["client_token"]))


class Front(ThreadingHTTPServer):
    """Forwards requests; `judge` sees each: a number becomes the answer's status, `lost` loses the answer.

    `gone` loses the request as well.
    `hear` gets every body that goes there and comes back, and may return another in its place.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(
        self,
        target: str,
        judge: Callable[[str, str], int | str] = lambda *_: 0,
        hear: Callable[[bytes], bytes] = lambda body: body,
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Relay)
        self.target, self.judge, self.hear = urlsplit(target).netloc, judge, hear
        self.address = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients go away when they are refused."""


class _Relay(BaseHTTPRequestHandler):
    server: Front
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    """Head and body travel together, so that nobody waits for an acknowledgement in between."""

    def _relay(self) -> None:
        body = self.server.hear(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        verdict = self.server.judge(self.command, self.path)
        self.close_connection |= verdict in {"lost", "gone"}
        if verdict == "gone":
            return
        if isinstance(verdict, int) and verdict:
            self._answer(verdict, b'{"errors":["said by the test"]}')
            return
        upstream = http.client.HTTPConnection(self.server.target)
        with contextlib.closing(upstream):
            upstream.request(self.command, self.path, body, dict(self.headers))
            answer = upstream.getresponse()
            data = self.server.hear(answer.read())
        if verdict != "lost":
            self._answer(answer.status, data)

    do_GET = do_POST = do_PUT = do_LIST = do_DELETE = _relay  # noqa: N815 - names of the protocol

    def _answer(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Silent."""
