"""The scripts: one by one as files of a machine, or as one archive for machines that fetch them.

The archive's name and its checksum follow from what it holds.
"""

import hashlib
import io
import tarfile
from functools import cache
from typing import Final

from cloudgen import resources
from cloudgen.pieces import File

SCRIPTS: Final = (
    "await",
    "bootstrap",
    "common",
    "download",
    "etcd-snapshot",
    "key-keeper-prestart",
    "kubelet-prestart",
    "pki",
    "post-install",
    "unwrap",
)
FETCH: Final = "fetch"
"""The one that travels in their place."""
_SHOWN: Final = 16
"""Digits of the checksum that are part of the name."""


def script(folder: str, name: str) -> File:
    """One script, as a file of the machine that travels with its user-data."""
    return File(path=f"{folder}/{name}.sh", content=resources.text(f"scripts/{name}.sh"), mode=0o755)


@cache
def archive() -> bytes:
    """A tar of every script, not compressed: the same bytes on every machine, whatever its zlib."""
    made = io.BytesIO()
    with tarfile.TarFile(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in SCRIPTS:
            data = resources.text(f"scripts/{name}.sh").encode()
            member = tarfile.TarInfo(f"{name}.sh")
            member.size, member.mode, member.uname, member.gname = len(data), 0o755, "root", "root"
            tar.addfile(member, io.BytesIO(data))
    return made.getvalue()


def checksum() -> str:
    """The archive's SHA-256 in hexadecimal."""
    return hashlib.sha256(archive()).hexdigest()


def file_name() -> str:
    """What the archive is called on a server: archives of several releases lie side by side there."""
    return f"cloudgen-scripts-{checksum()[:_SHOWN]}.tar"
