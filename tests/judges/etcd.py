"""etcd itself: the manifest's flags as a lint (`--version`), and one member really started with them on loopback."""

import json
import re
import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudgen.release import Version
from tests.judges import strict_yaml
from tests.judges.certificates import Authority
from tests.judging import missing, places, verdict

USUAL = ("judges/bin/etcd", "etcd-bookworm/usr/bin/etcd", "etcd-trixie/usr/bin/etcd", "etcd-sid/usr/bin/etcd")
PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Etcd:
    """One etcd binary."""

    binary: Path
    version: Version

    def flag_problems(self, flags: Iterable[str]) -> list[str]:
        """Flags and values that this version does not parse."""
        return [f"etcd {self.version}: {p}" for p in verdict([self.binary, *flags, "--version"])[:3]]

    def start_problems(self, flags: Iterable[str], folder: Path) -> list[str]:
        """Why one member with these flags does not become healthy, or lets a client in without a certificate."""
        local, metrics, client = localised(flags, folder)
        log = folder / "etcd.log"
        with log.open("wb") as output, subprocess.Popen([self.binary, *local], stdout=output, stderr=output) as child:
            try:
                problems = _waited(child, f"{metrics}/health") or _open_to_all(client)
            finally:
                child.kill()
        tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-3:] if problems else []
        return [f"etcd {self.version}: {p}" for p in (*problems, *tail)]


def etcds(series: str = "") -> list[Etcd]:
    """The binaries at hand, of one series (`3.5`) or all; none of it is told as a missing judge."""
    found = [Etcd(binary, _version(binary)) for binary in places("CLOUDGEN_ETCD_BINARIES", *USUAL)]
    wanted = [e for e in found if series in ("", e.version.series)]
    return wanted or missing(f"etcd {series}".strip())


def manifest_flags(text: str) -> list[str]:
    """The flags of the only container of a static pod's manifest."""
    (container,) = strict_yaml.load(text)["spec"]["containers"]
    return container_flags(container)


def container_flags(container: Mapping[str, Any]) -> list[str]:
    """The flags in a container's command and arguments."""
    words = [*container.get("command", []), *container.get("args", [])]
    return [word for word in words if word.startswith("--")]


def localised(flags: Iterable[str], folder: Path) -> tuple[list[str], str, str]:
    """The same flags for one member on loopback, with certificates of its own; its metrics and its client address."""
    peer, client, metrics = (f"{scheme}://127.0.0.1:{_port()}" for scheme in ("https", "https", "http"))
    authority = Authority.made(folder)
    given = dict(flag.removeprefix("--").partition("=")[::2] for flag in flags)
    ours = {
        "data-dir": str(folder / "data"),
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "listen-client-urls": client,
        "advertise-client-urls": client,
        "listen-metrics-urls": metrics,
        "initial-cluster": f"{given.get('name', 'default')}={peer}",
        "initial-cluster-state": "new",
        **{name: _pki(name, authority) for name in given if re.search(r"(ca|cert|key)-file$", name)},
    }
    return [f"--{name}={value}" if value else f"--{name}" for name, value in {**given, **ours}.items()], metrics, client


def _pki(flag: str, authority: Authority) -> str:
    kind = flag.removesuffix("-file").rpartition("-")[2]
    return str({"ca": authority.certificate, "cert": authority.member, "key": authority.member_key}[kind])


def _waited(child: subprocess.Popen[bytes], address: str) -> list[str]:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if child.poll() is not None:
            return [f"ended with exit code {child.returncode}"]
        if _health(address) == "true":
            return []
        time.sleep(0.1)
    return [f"not healthy within {PATIENCE:.0f} s"]


def _health(address: str) -> Any:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 - our own child on loopback
            return json.load(answer)["health"]
    except (OSError, ValueError):
        return None


def _open_to_all(client: str) -> list[str]:
    context = ssl._create_unverified_context()  # noqa: S323, SLF001 - who it is was checked by health; may we come in?
    try:
        urllib.request.urlopen(f"{client}/version", timeout=5, context=context)  # noqa: S310 - likewise
    except OSError:
        return []
    return ["a client without a certificate was let in"]


def _version(binary: Path) -> Version:
    said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True, timeout=30).stdout
    return Version.parse(said.splitlines()[0].split()[-1])


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
