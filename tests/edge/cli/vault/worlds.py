"""A Vault behind a private authority with which anything goes wrong at any moment, and every secret that passes by."""

import contextlib
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.edge.cli.vault.labs import Lab
from tests.edge.vault.servers import Front
from tests.scripts.sandbox import Bao
from tests.vault.fronts import Front as TlsFront
from tests.vault.fronts import private

NAMED: Final = "CANARY-of-a-named-secret-5c1e0b7d"
MORE: Final = "files: [{path: /etc/pull, contentFrom: {secret: pull}}]\npacking: plain\n"
_MEANT: Final = re.compile(r"s\.yaml|build/\S+/user-data|tree/\S+")
"""Files that secrets are meant for: what mint writes, and what machines boot from, unpacked or not."""
_SECRET: Final = re.compile(rb'"(?:token|client_token|secret_id|id|private)"\s*:\s*"([^"]{8,})"')
_EVERYTHING: Final = 'path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }'
_LITTLE: Final = 'path "auth/token/lookup-self" { capabilities = ["read"] }'


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong, and what is said then; `begin` and `end` are done to the world, `verdict` to each request."""

    says: str
    verdict: int | str | Callable[[], int | str] = 0
    begin: Callable[["World"], object] = lambda _: None
    end: Callable[["World"], object] = lambda _: None
    environment: Mapping[str, str] = field(default_factory=dict)


class World:
    """One provisioned cluster of one master, its operator, and the way to its Vault; in the current folder."""

    def __init__(self, bao: Bao, unseal_key: str, run: Any) -> None:
        self.bao, self._key, self._run, self._lock = bao, unseal_key, run, threading.Lock()
        self.operator, self._policy = f"canary-operator-{secrets.token_hex(8)}", f"operator-{secrets.token_hex(4)}"
        self.passed: set[str] = set()
        self._fault: Fault | None = None
        self._left, self._part = 0, ""
        self.authority, self.other = private(Path("authority")), private(Path("other"))
        self.front = Front(bao.address, self._judge, self._hear)
        self.tls = TlsFront(self.front.address, self.authority)

    @contextlib.contextmanager
    def open(self) -> Iterator["World"]:
        """Its fronts serve, and its cluster is provisioned."""
        with self.front, self.tls:
            self.empower()
            self.enlist()
            self.lab = Lab("shaky", lambda command, *more: self.run("vault", command, "cluster.yaml", *more), self.bao)
            spec = Path("cluster.yaml")
            spec.write_text(spec.read_text().replace("https://vault.example.org:8200", self.tls.address) + MORE)
            yield self

    def run(self, *args: object, **environment: str | None) -> Any:
        """A command line as the operator types it."""
        usual = {
            "VAULT_ADDR": self.tls.address,
            "VAULT_TOKEN": self.operator,
            "VAULT_CACERT": str(self.authority.certificate.absolute()),
            "VAULT_MAX_RETRIES": "0",
            "CLOUDGEN_DEBUG": "1",
        }
        return self._run(*args, env={**usual, **environment})

    @contextlib.contextmanager
    def under(self, fault: Fault, n: int = 0, part: str = "") -> Iterator[None]:
        """A fault, from the n-th request on whose line holds some words; or at once."""
        self._fault, self._left, self._part = fault, n, part
        if not n:
            fault.begin(self)
        try:
            yield
        finally:
            begun, self._fault = self._left <= 0, None
            if begun:
                fault.end(self)

    def _judge(self, method: str, path: str) -> int | str:
        with self._lock:
            fault, before = self._fault, self._left
            if fault is None:
                return 0
            if before > 0 and self._part in f"{method} {path}":
                self._left -= 1
                if not self._left:
                    fault.begin(self)
            if self._left > 0:
                return 0
        return fault.verdict() if callable(fault.verdict) else fault.verdict

    def _hear(self, body: bytes) -> bytes:
        for found in _SECRET.findall(body):
            # Of a key one line in its midst: whatever shows it shows that, however its ends are written.
            self.passed.add(found.decode().split("\\n")[found.count(b"\\n") // 2])
        return body

    def silent(self, *said: str) -> None:
        """No secret that was planted or passed by is in what was said, in an argument of a process, or in a file."""
        planted = {self.operator, NAMED, *self.passed}
        lines = [path.read_text() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
        assert not [secret for secret in planted if secret in "".join((*said, *lines))]
        for path in Path().rglob("*"):
            if path.is_file() and any(secret in path.read_text() for secret in planted):
                assert _MEANT.fullmatch(str(path)), f"{path} holds a secret"
                assert path.stat().st_mode & 0o777 == 0o600

    def prepare(self) -> None:
        """A file of secrets with tokens and a named secret, and some drift; only these were seen so far."""
        self.passed.clear()
        if not self.lab.path.exists() or not self.lab.runs:
            self.lab.minted()
        if "named" not in self.lab.out.read_text():
            self.lab.out.write_text(f"{self.lab.out.read_text()}named: {{pull: {NAMED}}}\n")
        self.passed |= {token for token, _ in self.lab.lines().values()}
        for issuer in ("etcd-ca", "etcd-peer", "kubernetes-ca"):
            role = f"auth/{self.lab.prefix}/approle/role/{issuer}-master-0"
            self.bao.call("POST", role, {"token_ttl": 60})

    def empower(self) -> None:
        """The operator may do everything."""
        self.bao.call("PUT", f"sys/policies/acl/{self._policy}", {"policy": _EVERYTHING})

    def hamper(self) -> None:
        """The operator may do nearly nothing."""
        self.bao.call("PUT", f"sys/policies/acl/{self._policy}", {"policy": _LITTLE})

    def enlist(self) -> None:
        """The operator has a token."""
        body = {"id": self.operator, "policies": [self._policy], "no_parent": True}
        self.bao.call("POST", "auth/token/create", body)

    def dismiss(self) -> None:
        """The operator's token is revoked."""
        self.bao.call("POST", "auth/token/revoke", {"token": self.operator})

    def seal(self) -> None:
        """Nothing is answered any more."""
        self.bao.call("PUT", "sys/seal")

    def unseal(self) -> object:
        """What was held is held again."""
        self.bao.call("PUT", "sys/unseal", {"key": self._key})
        for _ in range(100):
            with contextlib.suppress(OSError):
                # An error as long as it is not active yet.
                return self.bao.call("GET", "sys/health")
            time.sleep(0.05)
        raise AssertionError("it does not come back")
