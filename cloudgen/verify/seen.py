"""Files as they were seen below a machine's root: plain data that every check reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cloudgen.verify.findings import Check, Finding

_OTHERS_READ = 0o077
_OTHERS_WRITE = 0o022


class Kind(StrEnum):
    """What lies at a path."""

    ABSENT = "absent"
    FILE = "file"
    FOLDER = "folder"
    OTHER = "other"
    """A device, a socket, a pipe: never opened."""
    UNREADABLE = "unreadable"
    FORBIDDEN = "forbidden"
    """Whoever looks may not read it: no judgement at all would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One path, its links followed inside of the root."""

    kind: Kind
    mode: int = 0
    owner: int = 0
    device: int = 0
    """Which file system it lies on."""
    data: bytes = b""
    entries: tuple[str, ...] = ()
    """Names in a folder, sorted."""
    fault: str = ""
    """Why it is unreadable, in the system's words."""

    @property
    def text(self) -> str:
        """The content, whatever bytes it holds."""
        return self.data.decode("utf-8", "replace")


Files = Mapping[str, Seen]
ABSENT = Seen(kind=Kind.ABSENT)


def present(seen: Seen, check: Check, remedy: str = "") -> Finding | None:
    """What is wrong with a file that must hold something."""
    match seen.kind:
        case Kind.ABSENT:
            return check.fail("missing", remedy)
        case Kind.UNREADABLE | Kind.FORBIDDEN:
            return check.fail(f"cannot be read: {seen.fault}", remedy)
        case Kind.FOLDER | Kind.OTHER:
            return check.fail("is no regular file", remedy)
    return None if seen.data.strip() else check.fail("empty", remedy)


def exposed(seen: Seen, check: Check, path: str, owner: int, *, secret: bool) -> Finding | None:
    """What is wrong with an owner or a mode. A secret nobody else may read; all else nobody else may change."""
    if seen.owner != owner:
        message = f"belongs to user {seen.owner}, not to {owner}, who owns the system"
        return check.fail(message, f"chown {owner} {path}")
    if seen.mode & (_OTHERS_READ if secret else _OTHERS_WRITE):
        may = "others may read it" if secret else "others may change it"
        return check.fail(f"its mode is {seen.mode:04o}: {may}", f"chmod {'go=' if secret else 'go-w'} {path}")
    return None
