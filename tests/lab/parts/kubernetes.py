"""Kubernetes v1.20.2, really built: Debian bookworm's source package holds the whole tree, later ones only kubectl."""

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from tests.lab.parts import debian
from tests.lab.parts.cache import kept

PROGRAMS: Final = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet")
_SCRIPTS: Final = tuple(Path(__file__).with_name(name) for name in ("debian.sh", "kubernetes.sh"))


def binaries(cache: Path) -> Path:
    """A folder with the programs and kubectl. Takes 4 to 7 minutes of two processors once, and 3 GB meanwhile."""
    sources = [script.read_bytes() for script in _SCRIPTS]
    return kept(cache, "kubernetes-*", [*sources, *PROGRAMS], lambda draft: _build(cache, draft))


def _build(cache: Path, target: Path) -> None:
    kubectl = debian.package(cache, "kubernetes-client") / "usr/bin/kubectl"
    lines = debian.sources() + debian.sources("deb-src")
    with tempfile.TemporaryDirectory(dir=cache) as work:
        for kind, name in (("source", "kubernetes"), ("unpack", "golang-github-modern-go-reflect2-dev")):
            subprocess.run([_SCRIPTS[0], kind, work, name], input=lines, text=True, check=True)
        target.mkdir()
        subprocess.run(["nice", _SCRIPTS[1], work, target, *PROGRAMS], check=True)
    shutil.copy2(kubectl, target)
