"""Reading below a root as the machine itself would read: links lead nowhere else, not even while somebody changes them.

Folders are opened one by one, each from the one above; an absolute link begins again at the root, and `..` of the root
is the root (path_resolution(7) under chroot(2)).
"""

import os
import stat
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Final, Self

from cloudgen.edge.reading import cannot, refused
from cloudgen.verify import Kind, Seen

MOST_BYTES: Final = 1 << 20
_MOST_LINKS: Final = 40
_MOST_ENTRIES: Final = 10_000
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Root:
    """An open root folder. Raises `Refused` where there is none."""

    def __init__(self, folder: str) -> None:
        try:
            self._fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except (OSError, ValueError) as fault:
            raise cannot("open", folder, fault) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._fd)

    @property
    def running(self) -> bool:
        """Whether it is the root of the system that this runs on."""
        return os.path.samestat(os.fstat(self._fd), os.stat("/"))  # noqa: PTH116 - compared with a descriptor's

    def look(self, path: str) -> Seen:
        """What lies at an absolute path of the machine. Nothing is raised, and no device or pipe is opened."""
        try:
            with self._parent(path) as (folder, name):
                return _seen(folder, name)
        except (FileNotFoundError, NotADirectoryError):
            return Seen(kind=Kind.ABSENT)
        except PermissionError:
            return Seen(kind=Kind.FORBIDDEN)
        except OSError as fault:
            return Seen(kind=Kind.UNREADABLE, fault=(fault.strerror or type(fault).__name__).lower())

    @contextmanager
    def _parent(self, path: str) -> Iterator[tuple[int, str]]:
        """The open folder that holds what a path means, and its name there, which is no link."""
        opened = [self._fd]
        try:
            name = _walk(path, opened)
            yield opened[-1], name
        finally:
            for fd in opened[1:]:
                os.close(fd)


def _walk(path: str, opened: list[int]) -> str:
    """Open the folders on the way; `opened` holds the root, and then each below the one before."""
    parts, links = deque(part for part in path.split("/") if part not in {"", "."}), 0
    while parts:
        part = parts.popleft()
        if part == "..":
            _up(opened, to=max(1, len(opened) - 1))
        elif (target := _target(part, opened[-1])) is not None:
            links += 1
            if links > _MOST_LINKS:
                raise OSError(0, "too many links")
            if target.startswith("/"):
                _up(opened, to=1)
            parts.extendleft(p for p in reversed(target.split("/")) if p not in {"", "."})
        elif parts:
            opened.append(os.open(part, _FOLDER, dir_fd=opened[-1]))
        else:
            return part
    return "."


def _up(opened: list[int], *, to: int) -> None:
    while len(opened) > to:
        os.close(opened.pop())


def _target(name: str, folder: int) -> str | None:
    """Where a link leads; nothing for what is no link."""
    if not stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        return None
    return os.readlink(name, dir_fd=folder)


def _seen(folder: int, name: str) -> Seen:
    status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    mode = stat.S_IMODE(status.st_mode)
    bare = Seen(kind=Kind.OTHER, mode=mode, owner=status.st_uid, device=status.st_dev)
    try:
        if stat.S_ISDIR(status.st_mode):
            return replace(bare, kind=Kind.FOLDER, entries=_entries(folder, name))
        return replace(bare, kind=Kind.FILE, data=_content(folder, name)) if stat.S_ISREG(status.st_mode) else bare
    except PermissionError:
        return replace(bare, kind=Kind.FORBIDDEN)
    except OSError as fault:
        return replace(bare, kind=Kind.UNREADABLE, fault=(fault.strerror or "it changes").lower())


def _entries(folder: int, name: str) -> tuple[str, ...]:
    fd = os.open(name, _FOLDER, dir_fd=folder)
    try:
        return tuple(sorted(os.listdir(fd))[:_MOST_ENTRIES])  # noqa: PTH208 - by descriptor
    finally:
        os.close(fd)


def _content(folder: int, name: str) -> bytes:
    with os.fdopen(os.open(name, _FILE, dir_fd=folder), "rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise OSError(0, f"it is larger than {MOST_BYTES >> 10} KiB")
    return data


def root_of(folder: str) -> Root:
    """The root to look below; a file or an empty name is told in words."""
    if not folder:
        raise refused("--root names no folder", "name the machine's root, such as /mnt")
    return Root(folder)
