"""Writing to the disk, all or nothing: new files wait beside their places under other names until all are there."""

import os
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from cloudgen.edge.reading import cannot, refused

PRIVATE: Final = 0o600
PUBLIC: Final = 0o644


def write_atomically(path: Path, data: bytes, mode: int = PRIVATE) -> None:
    """One file, complete or not there at all. Raises `Refused`."""
    with Staging(mode) as staging:
        staging.add(path, data)
        staging.commit()


class Staging:
    """Files that appear together, all of one mode; without a `commit`, leaving it takes all traces away.

    `durable` ones have reached the disk when they appear. What can be made again at any time need not wait for that.
    """

    def __init__(self, mode: int = PRIVATE, *, durable: bool = True) -> None:
        self._mode = mode
        self._durable = durable
        self._waiting: dict[Path, Path] = {}
        """Final places, and where the files wait."""
        self._made: list[Path] = []
        """Folders that were not there before, the outer ones first."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        for temporary in self._waiting.values():
            with suppress(OSError, ValueError):
                temporary.unlink()
        for folder in reversed(self._made):
            with suppress(OSError, ValueError):
                folder.rmdir()

    def add(self, path: Path, data: bytes) -> None:
        """Write a file beside its place. Raises `Refused`."""
        try:
            self._make(path.parent)
            if path.is_dir():
                raise refused(f"cannot write {path}: a folder has that name", "choose another --out")
            # Written down before it is made: an interrupt may come in between.
            waiting = self._waiting[path] = path.with_name(f".{path.name}.{os.urandom(8).hex()}.tmp")
            handle = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE)
            with os.fdopen(handle, "wb") as file:
                os.fchmod(file.fileno(), self._mode)
                file.write(data)
                if self._durable:
                    file.flush()
                    os.fsync(file.fileno())
        except (OSError, ValueError) as fault:
            raise cannot("write", path, fault) from None

    def commit(self) -> None:
        """Give all files their names. Raises `Refused`."""
        folders = sorted({path.parent for path in self._waiting})
        for path, temporary in [*self._waiting.items()]:
            try:
                temporary.replace(path)
            except OSError as fault:
                raise cannot("write", path, fault) from None
            del self._waiting[path]
        self._made.clear()
        for folder in folders if self._durable else ():
            _sync(folder)

    def _make(self, folder: Path) -> None:
        missing = takewhile(lambda parent: not parent.exists(), (folder, *folder.parents))
        for parent in reversed([*missing]):
            self._made.append(parent)
            parent.mkdir(exist_ok=True)


def _sync(folder: Path) -> None:
    """Names reach the disk with their folder; not every file system can be asked for it."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
