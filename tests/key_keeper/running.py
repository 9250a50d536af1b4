"""The stand-in as a process in a folder of its own, with one PKI, one KV store and one identity in a real server."""

import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tests.scripts.sandbox import Bao

PROGRAM = Path(__file__).with_name("key-keeper")
SPEED = 100


def until(condition: Callable[[], Any], seconds: float = 20) -> bool:
    """Whether something came true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def cpu_seconds(pid: int) -> float:
    """What a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class Agent:
    """The program, started as its unit starts it."""

    def __init__(self, folder: Path, log: Path, **environment: str) -> None:
        self.folder, self.log = folder, log
        self._environment = {"KEY_KEEPER_PYTHON": sys.executable, "PATH": os.environ["PATH"], **environment}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **environment: str) -> subprocess.Popen[bytes]:
        """Not waited for."""
        argv: list[str | Path] = [PROGRAM, "-config-dir", self.folder, "-config-regexp", ".*vault-config"]
        speed = {"KEY_KEEPER_SPEED": str(SPEED), "KEY_KEEPER_SPINS": "2000"}
        full = speed | self._environment | environment
        umask = int(full.pop("UMASK", "077"), 8)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(argv, env=full, stdout=log, stderr=log, umask=umask)
        return self.process

    def once(self, **environment: str) -> int:
        """One round, and its exit code."""
        return self.start(KEY_KEEPER_ONCE="1", **environment).wait(60)

    def stop(self) -> None:
        """Ended, if it runs."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)

    @property
    def said(self) -> str:
        """All of its log."""
        return self.log.read_text() if self.log.exists() else ""


class Keeper(Agent):
    """One issuer `web` for a leaf and its authority, one issuer `sa` for a secret."""

    def __init__(self, root: Path, bao: Bao, prefix: str) -> None:
        self.root, self.bao, self.prefix = root, bao, prefix
        (root / "pki").mkdir(parents=True)
        super().__init__(root / "pki", root / "log")
        self.leaf, self.key = root / "certs/web.pem", root / "certs/web-key.pem"
        self.ca, self.secret = root / "ca/web-ca.pem", root / "staged/sa.pem"
        self.triggered = root / "triggered"
        for path, kind in ((f"{prefix}/pki", "pki"), (f"{prefix}/kv", "kv-v2")):
            bao.call("POST", f"sys/mounts/{path}", {"type": kind})
        bao.call("POST", f"{prefix}/pki/root/generate/internal", {"common_name": "ca"})
        self.open_role()
        bao.call("POST", f"{prefix}/kv/data/sa", {"data": {"private": "PRIVATE"}})
        bao.issuer(f"{prefix}/approle", "web")
        rules = f'path "{prefix}/*" {{ capabilities = ["read", "update"] }}'
        bao.call("PUT", "sys/policies/acl/everything", {"policy": rules})
        self.approle("24h")
        self.config = self.document()
        self.give_token()

    def open_role(self) -> None:
        """Orders are signed (again)."""
        role = {"allow_any_name": True, "enforce_hostnames": False, "max_ttl": "24h"}
        self.bao.call("POST", f"{self.prefix}/pki/roles/web", role)

    def close_role(self) -> None:
        """Orders are refused from now on."""
        self.bao.call("DELETE", f"{self.prefix}/pki/roles/web")

    def approle(self, ttl: str) -> None:
        """How long a login lasts."""
        body = {"token_policies": ["everything"], "token_ttl": ttl}
        self.bao.call("POST", f"auth/{self.prefix}/approle/role/web", body)

    def give_token(self, text: str | None = None) -> None:
        """A fresh two-use token in the bootstrap file, or another text."""
        if text is None:
            body = {"num_uses": 2, "policies": ["web"], "no_default_policy": True, "ttl": "10m"}
            text = str(self.bao.call("POST", "auth/token/create", body)["auth"]["client_token"])
        (self.root / "bootstrap.token").write_text(text)

    def document(self, **auth: Any) -> dict[str, Any]:
        """The configuration, as data."""
        state = self.root / "vault"
        role = {"name": "web", "path": f"{self.prefix}/approle"}
        role |= {"roleIDLocalPath": f"{state}/role-id", "secretIDLocalPath": f"{state}/secret-id"}
        identity = {"bootstrap": {"file": f"{self.root}/bootstrap.token"}, "appRole": role, **auth}
        resource = {"role": "web", "CAPath": f"{self.prefix}/pki", "kv": {"path": f"{self.prefix}/kv"}}
        vault = {"server": self.bao.address, "auth": identity, "resource": resource}
        key = {"algorithm": "RSA", "encoding": "PKCS1", "size": 2048}
        spec = {"subject": {"commonName": "web"}, "privateKey": key, "ttl": "1h"}
        trigger = [["sh", "-c", f"echo x >>{self.triggered}"]]
        leaf = {"name": "web", "hostPath": f"{self.root}/certs", "renewBefore": "10m", "withUpdate": True}
        own = {"issuerRef": {"name": "web"}}
        return {
            "issuers": [{"name": "web", "vault": vault, "unknown": ["is", "ignored"]}],
            "certificates": [
                {"name": "web-ca", "isCa": True, "hostPath": f"{self.root}/ca", **own},
                {**leaf, "spec": spec, "trigger": trigger, **own},
            ],
            "secrets": [{"name": "sa", "key": "private", "hostPath": str(self.secret), **own}],
        }

    def start(self, **environment: str) -> subprocess.Popen[bytes]:
        """With the configuration as it is now."""
        (self.folder / "vault-config").write_text(yaml.safe_dump(self.config))
        return super().start(**environment)

    @property
    def spec(self) -> dict[str, Any]:
        """The leaf's."""
        return dict(self.config["certificates"][1])["spec"]  # type: ignore[no-any-return]

    @property
    def triggers(self) -> int:
        """How often the trigger ran."""
        return len(self.triggered.read_text()) if self.triggered.exists() else 0
