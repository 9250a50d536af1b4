"""Reading one file: bounded, told in one sentence when it fails, and never outside of a folder or open to others."""

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cloudgen.report import Problem, Refused, Report

STDIN: Final = "-"
MOST_BYTES: Final = 1 << 20
"""The largest document or attachment."""

_GROUP_AND_OTHERS: Final = 0o077
_OWN: Final = "secrets are read from a file of yours with mode 0600"


def refused(message: str, remedy: str = "") -> Refused:
    """The exception of one problem that has no place yet."""
    return Refused(Report((Problem(message, remedy=remedy),)))


def read_bytes(name: str, most: int = MOST_BYTES) -> bytes:
    """The bytes of a file or of standard input (`-`); one more than `most` if there are more."""
    try:
        if name == STDIN:
            return sys.stdin.buffer.read(most + 1)
        with Path(name).open("rb") as file:
            return file.read(most + 1)
    except (OSError, ValueError) as fault:
        raise cannot("read", name, fault) from None


def read_inside(name: str, folder: Path) -> bytes:
    """The bytes of a regular file whose real place is below a folder, which is a real path itself."""
    path = real(name)
    if path is None or not path.is_relative_to(folder):
        raise refused(f"{name} lies outside of the spec's folder", "move it below the folder of the spec")
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise refused(f"{name} is no regular file", "name a file")
    except OSError as fault:
        raise cannot("read", name, fault) from None
    data = read_bytes(str(path))
    if len(data) > MOST_BYTES:
        raise refused(f"{name} is larger than {MOST_BYTES >> 10} KiB", "make it smaller, or let the machine fetch it")
    return data


def read_private(name: str) -> bytes:
    """The bytes of a file of secrets, which nobody else may read."""
    try:
        # Not held up by a pipe that nobody writes to; and what was opened is what is judged.
        with os.fdopen(os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            told = tuple(_exposed(name, os.fstat(file.fileno())))
            data = b"" if told else file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as fault:
        raise cannot("read", name, fault) from None
    if told:
        raise Refused(Report(told))
    return data


def _exposed(name: str, status: os.stat_result) -> Iterator[Problem]:
    if not stat.S_ISREG(status.st_mode):
        yield Problem(f"{name} is no regular file", remedy=_OWN)
    elif status.st_uid != os.geteuid():
        yield Problem(f"{name} belongs to another user", remedy=_OWN)
    elif status.st_mode & _GROUP_AND_OTHERS:
        mode = stat.S_IMODE(status.st_mode)
        yield Problem(f"{name} is open to others: its mode is {mode:04o}", remedy=f"chmod 600 {name}")


def real(name: str) -> Path | None:
    """A path with its links resolved; nothing for a name that no file can have."""
    return None if "\0" in name else Path(os.path.realpath(name))


def cannot(do: str, name: object, fault: OSError | ValueError) -> Refused:
    """What the system said, in its own words."""
    said = (fault.strerror if isinstance(fault, OSError) else "") or "its name is not possible"
    match fault:
        case FileNotFoundError():
            remedy = "look at its name, and at the folder you are in"
        case PermissionError():
            remedy = "look at its mode and owner"
        case IsADirectoryError():
            remedy = "name a file, not a folder"
        case NotADirectoryError():
            remedy = "a file stands where a folder should: look at its name"
        case _:
            remedy = ""
    return refused(f"cannot {do} {name}: {said[0].lower()}{said[1:]}", remedy)
