"""The manifest on the disk: beside the secrets file, one run of cloudgen at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from cloudgen.edge.reading import cannot, read_bytes, refused
from cloudgen.edge.staging import write_atomically
from cloudgen.vault.manifest import Manifest, from_text, to_text

_MOST: Final = 8 << 20


def manifest_beside(out: Path) -> Path:
    """Where the manifest of a secrets file is."""
    return out.with_name(f"{out.name}.manifest.json")


class Records:
    """One manifest. Every change is on the disk before the next thing happens."""

    def __init__(self, path: Path | None, empty: Manifest) -> None:
        self.path = path
        self.manifest = read_manifest(path, empty) if path else empty

    def store(self, manifest: Manifest) -> None:
        """Keep a manifest. Raises `Refused`."""
        if self.path:
            write_atomically(self.path, to_text(manifest).encode())
        self.manifest = manifest


@contextmanager
def records(path: Path | None, empty: Manifest) -> Iterator[Records]:
    """The manifest at a path, the empty one where there is none; nobody else may change it meanwhile. Raises `Refused`.

    The lock is the folder's, so that no file is left behind. Without a path nothing is kept.
    """
    if path is None:
        yield Records(None, empty)
        return
    try:
        handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as fault:
        raise cannot("open", path.parent, fault) from None
    try:
        _lock(handle, path.parent)
        yield Records(path, empty)
    finally:
        os.close(handle)


def _lock(handle: int, folder: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise refused(f"another cloudgen mints or revokes in {folder}", "wait until it has ended") from None
    except OSError as fault:
        raise cannot("lock", folder, fault) from None


def read_manifest(path: Path, empty: Manifest) -> Manifest:
    """The manifest at a path, the empty one where there is none. Raises `Refused` for that of another place."""
    if not path.exists():
        return empty
    found = from_text(read_bytes(str(path), _MOST).decode("utf-8", "replace"), str(path))
    if replace(found, runs=()) != empty:
        message = f"{path} is of {_place(found)}, not of {_place(empty)}"
        raise refused(message, "look at VAULT_ADDR and VAULT_NAMESPACE, or choose another file")
    return found


def _place(manifest: Manifest) -> str:
    where = f", namespace {manifest.namespace}" if manifest.namespace else ""
    return f"cluster {manifest.cluster} in Vault at {manifest.server}{where}"
