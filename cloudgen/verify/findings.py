"""What a check found."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAIL = "fail"
    SKIPPED = "skipped"
    """It could not be made here; the message says why."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the result."""

    check: str
    """The group, such as certificates."""
    subject: str
    """A path, a unit, a node; empty where the whole group is meant."""
    state: State
    message: str
    remedy: str = ""
    details: tuple[str, ...] = ()
    """Further lines, such as the end of a log."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing under one group; makes its findings."""

    name: str
    subject: str = ""

    def ok(self, message: str) -> Finding:
        """All is well."""
        return Finding(self.name, self.subject, State.OK, message)

    def fail(self, message: str, remedy: str = "", details: tuple[str, ...] = ()) -> Finding:
        """The machine does not work as it should, or is open to others."""
        return Finding(self.name, self.subject, State.FAIL, message, remedy, details)

    def warn(self, message: str, remedy: str = "", details: tuple[str, ...] = ()) -> Finding:
        """It works, but somebody should look."""
        return Finding(self.name, self.subject, State.WARNING, message, remedy, details)

    def skip(self, reason: str) -> Finding:
        """It was not looked at."""
        return Finding(self.name, self.subject, State.SKIPPED, reason)
