"""A machine with a kernel of its own: Debian's disk image, its stock cloud kernel and the initial RAM disk."""

import subprocess
from pathlib import Path
from typing import Final, NamedTuple

from tests.lab.parts.cache import kept
from tests.lab.parts.rootfs import image

_KERNEL: Final = "linux-image-cloud-amd64"
_SIZE: Final = "4G"


class Hardware(NamedTuple):
    """What QEMU boots."""

    disk: Path
    """ext4 without a partition table; never written to."""
    kernel: Path
    initrd: Path


def hardware(cache: Path) -> Hardware:
    """Of the packages of the lab's other machines, and the kernel."""
    archive = image(cache, _KERNEL)
    place = kept(cache, "hardware-*", [archive.name, _SIZE], lambda draft: _make(archive, draft))
    return Hardware(place / "disk", place / "vmlinuz", place / "initrd.img")


def _make(archive: Path, target: Path) -> None:
    tree = target / "tree"
    tree.mkdir(parents=True)
    subprocess.run(["tar", "--zstd", "-xpf", archive, "-C", tree, "--numeric-owner"], check=True)
    for name in ("vmlinuz", "initrd.img"):
        (found,) = (tree / "boot").glob(f"{name}-*")
        found.rename(target / name)
    subprocess.run(["mkfs.ext4", "-q", "-d", tree, target / "disk", _SIZE], check=True)
    subprocess.run(["rm", "-rf", tree], check=True)
