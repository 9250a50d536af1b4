"""Debian bookworm, whatever this machine is: from the mirrors of its own apt, which stays as it is."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.lab.parts.cache import kept

SUITE: Final = "bookworm"
KEYRING: Final = "/usr/share/keyrings/debian-archive-keyring.gpg"
_SCRIPT: Final = Path(__file__).with_name("debian.sh")


def mirrors() -> Mapping[str, str]:
    """The suite and its updates, each with its place, as this machine's apt is configured."""
    argv = ["apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)"]
    lines = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()
    found = dict(line.split() for line in reversed(lines) if line.startswith(SUITE))
    assert SUITE in found, f"this machine's apt knows no mirror of {SUITE}"
    return found


def sources(kind: str = "deb") -> str:
    """Lines of a sources.list."""
    return "".join(f"{kind} [signed-by={KEYRING}] {place} {suite} main\n" for suite, place in mirrors().items())


def package(cache: Path, name: str) -> Path:
    """A package, unpacked into a folder: nothing is installed, no script of it runs."""
    return kept(cache, f"{name}-*", [_SCRIPT.read_bytes()], lambda draft: _unpack(name, draft))


def _unpack(name: str, target: Path) -> None:
    target.mkdir()
    subprocess.run([_SCRIPT, "unpack", target, name], input=sources(), text=True, check=True)
