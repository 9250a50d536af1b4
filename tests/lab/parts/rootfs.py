"""The disk of a machine before its first boot: a Debian as a cloud's image has it."""

import subprocess
from pathlib import Path
from typing import Final

from cloudgen.family import FAMILIES
from tests.lab.parts import debian
from tests.lab.parts.cache import kept

_FILES: Final = tuple(Path(__file__).with_name(name) for name in ("rootfs.py", "rootfs.sh", "99-lab.cfg"))
_IMAGE: Final = (
    "ca-certificates", "cloud-init", "dbus", "e2fsprogs", "ifupdown", "iputils-ping", "isc-dhcp-client", "kmod",
    "locales", "netbase", "openssh-server", "procps", "python3", "sudo", "systemd", "systemd-sysv", "udev", "zstd",
)  # fmt: skip
"""What Debian's cloud images bring, as far as anything here could notice."""
_PRODUCT: Final = FAMILIES["debian"].packages
"""What cloudgen asks for by apt: there is none in the lab, so the lab's image brings them (host.defaultPackages)."""
_STAND_IN: Final = ("python3-cryptography", "python3-yaml")
"""The stand-in for key-keeper is Python; the real one needs nothing."""
_LAB: Final = ("containernetworking-plugins", "jq", "libseccomp2")
"""A CNI for pods that are not on the host's network; jq for a wrapped runc; the library of Debian's runc."""
PACKAGES: Final = sorted({*_IMAGE, *_PRODUCT, *_STAND_IN, *_LAB})
_LEAN: Final = ("doc", "man", "locale")


def rootfs(cache: Path, *more: str) -> Path:
    """The tree, unpacked: a lower layer for machines, never written to. With further packages, such as a kernel."""
    archive = image(cache, *more)
    return kept(cache, "rootfs-*", [archive.name], lambda draft: _unpack(archive, draft))


def image(cache: Path, *more: str) -> Path:
    """The same as an archive."""
    packages = sorted({*PACKAGES, *more})
    made_from = [*packages, *(file.read_text() for file in _FILES)]
    return kept(cache, "rootfs-*.tar.zst", made_from, lambda draft: _bootstrap(packages, draft))


def _bootstrap(packages: list[str], target: Path) -> None:
    argv = [
        "mmdebstrap",
        "--quiet",
        "--variant=minbase",
        f"--include={','.join(packages)}",
        '--aptopt=Acquire::Languages "none"',
        '--aptopt=Acquire::Retries "3"',
        *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in _LEAN),
        f"--customize-hook={_FILES[1]}",
        debian.SUITE,
        str(target),
        "-",
    ]
    subprocess.run(argv, input=debian.sources(), text=True, check=True)


def _unpack(archive: Path, target: Path) -> None:
    target.mkdir()
    subprocess.run(["tar", "--zstd", "-xpf", archive, "-C", target, "--numeric-owner"], check=True)
