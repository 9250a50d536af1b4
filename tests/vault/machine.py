"""A rendered master in a folder: its files as its user-data brings them, its own scripts, the stand-in for key-keeper.

Folders that a spec may move lie below the root by the spec's own `paths`. /etc/cloudgen and /var/lib/cloudgen cannot
move; where the rendered settings and tables name them, the root is put before.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from cloudgen.generate import machine_facts, render
from cloudgen.load import load
from cloudgen.pieces import Directory, File, Unit
from cloudgen.secrets import Secrets
from cloudgen.source import parse
from cloudgen.spec import Spec
from tests.key_keeper.running import Agent
from tests.scripts.sandbox import Sandbox

NIC: Final = "10.0.0.1"
_FIXED: Final = re.compile(r"(?<![\w}/.-])(?=/(?:etc|var/lib)/cloudgen\b)")
_QUICK: Final = (
    'POLL="0.1"\nPKI_SETTLE="0"\nPKI_GRACE="0"\nVAULT_RETRY="1"\nVAULT_TIMEOUT="5"\nVAULT_WAIT="5"\nPKI_TIMEOUT="1"\n'
)


def cluster(root: Path, vault: Mapping[str, str], *more: str, name: str, masters: int = 1) -> Spec:
    """A spec whose folders lie below `root`; of Vault: `server`, `mode`, `authorities`, `namespace` and `ca`."""
    ca, mode = vault.get("ca", ""), vault.get("mode") or "wrapped-token"
    trusted = ", caCert: vault-ca.pem" if ca else ""
    more_of_it = f", authorities: {{mode: {vault['authorities']}}}" if "authorities" in vault else ""
    more_of_it += f", namespace: {vault['namespace']}" if "namespace" in vault else ""
    lines = (
        "apiVersion: cloudgen/v1alpha1",
        f"clusterName: {name}",
        "domain: example.org",
        "kubernetesVersion: v1.30.4",
        "provider: generic",
        "names: hosts",
        "masters:",
        *(f"  - {{name: master-{n}, address: {NIC}{n}}}" for n in range(masters)),
        "binaries: {keyKeeper: {install: false}}",
        f"paths: {{root: {root}/etc/kubernetes, keyKeeper: {root}/var/lib/key-keeper, binaries: {root}/usr/bin}}",
        f"vault: {{server: {vault['server']}, bootstrap: {{mode: {mode}}}{trusted}{more_of_it}}}",
        *more,
    )
    return load(parse("\n".join(lines) + "\n", "cluster.yaml"), {"vault-ca.pem": ca} if ca else {})


class Machine(Sandbox):
    """One master. Its scripts are the rendered ones; nothing of the sandbox's own settings is used."""

    def __init__(self, root: Path, spec: Spec, name: str, secrets: Secrets) -> None:
        super().__init__(root)
        self.facts = machine_facts(spec, name)
        self.pki = self.facts.pki
        self.rendered = render(spec, name, secrets)
        self.node = spec.encoder.decode(self.rendered.text)
        self.library = self.place(self.facts.paths.library)
        for piece in self.node.pieces:
            if isinstance(piece, Directory):
                self.place(piece.path).mkdir(parents=True, exist_ok=True)
                self.place(piece.path).chmod(piece.mode)
            elif isinstance(piece, File):
                self._write(piece)
        with (self.etc / "bootstrap.env").open("a") as settings:
            settings.write(_QUICK)
        self.stub("timedatectl", "echo yes")
        self.stub("getent", "")
        self.agent = Agent(Path(self.facts.paths.pki), root / "key-keeper.log", **dict(self._environment()))
        self._obeyed = 0

    def place(self, path: str) -> Path:
        """Where a path of the machine lies here."""
        return Path(path) if Path(path).is_relative_to(self.root) else self.root / path.lstrip("/")

    def _write(self, file: File) -> None:
        place, content = self.place(file.path), file.content
        assert isinstance(content, str | bytes), "user-data was rendered with secrets"
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str) and not place.is_relative_to(self.library):
            content = _FIXED.sub(str(self.root), content)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
        place.chmod(file.mode)

    def start(self, script: str, *args: str, **env: str) -> subprocess.Popen[str]:
        """A rendered script, not waited for."""
        return subprocess.Popen(
            [str(self.library / script), *args],
            env={"PATH": f"{self.stubs}:{os.environ['PATH']}", "CLOUDGEN_ROOT": str(self.root), "HOME": "/", **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        )

    @property
    def unit(self) -> str:
        """key-keeper's unit."""
        known = {unit.name: unit.text for unit in self.node.of(Unit)}
        return known.get("key-keeper.service") or self._file("/etc/systemd/system/key-keeper.service")

    def _file(self, path: str) -> str:
        return self.place(path).read_text()

    def _environment(self) -> Iterator[tuple[str, str]]:
        found = dict(re.findall(r"^(UMask)=(\S+)$", self.unit, re.MULTILINE))
        yield from re.findall(r"^Environment=(\w+)=(\S+)$", self.unit, re.MULTILINE)
        yield "UMASK", found["UMask"]

    def boot_key_keeper(self, **environment: str) -> None:
        """As its unit does: what runs before it, then it."""
        code, output = self.run("key-keeper-prestart.sh")
        assert code == 0, output
        self.agent.start(**environment)

    def watch(self) -> tuple[int, str]:
        """One tick of the timer; a restart that it asks for is done. The pause between two is not waited for."""
        (self.state / "pki-watch").unlink(missing_ok=True)
        code, output = self.run("pki.sh", "watch")
        if self.restarts > self._obeyed:
            self._obeyed = self.restarts
            self.agent.stop()
            self.boot_key_keeper()
        return code, output

    @property
    def restarts(self) -> int:
        """How often the watch has asked for a restart of key-keeper."""
        return sum("restart --no-block key-keeper.service" in call for call in self.calls)

    def complete(self) -> bool:
        """Whether the machine's own check is content, after staging."""
        self.run("pki.sh", "stage")
        return self.run("pki.sh", "check")[0] == 0

    def issuer_files(self, issuer: str) -> tuple[Path, Path, Path]:
        """An issuer's token file, role-id and secret-id."""
        folder = Path(self.facts.paths.key_keeper) / "vault" / issuer
        return self.state / "tokens" / issuer, folder / "role-id", folder / "secret-id"
