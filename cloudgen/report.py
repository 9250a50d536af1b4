"""Problems: what is wrong, where in the user's YAML, and what to do. Everything above returns these; nothing prints."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

Path = tuple[str | int, ...]
"""A place in the user's document: keys and list indexes from the root, such as `("masters", 0, "name")`."""

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")


class Severity(StrEnum):
    """How much a problem matters: an error stops the run, a warning fails it under `--strict`, an info never does."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Place:
    """A span in one file: 1-based line and column, and how many columns are marked."""

    file: str
    line: int
    column: int
    length: int = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault. `place` is stamped on afterwards, by whoever holds the document (`Document.locate`)."""

    message: str
    path: Path = ()
    remedy: str = ""
    severity: Severity = Severity.ERROR
    on_key: bool = False
    """The fault is the key itself (an unknown one), not the value behind it."""
    place: Place | None = field(default=None, compare=False)
    weight: int = 0
    """Where it has one: of such problems of several machines at one path, the heaviest speaks for all."""

    def at(self, place: Place | None) -> "Problem":
        """The same problem, with its place in a file."""
        return replace(self, place=place)


def warning(message: str, path: Path = (), remedy: str = "") -> Problem:
    """A problem that stops nothing, but fails a run under `--strict`."""
    return Problem(message, path, remedy, Severity.WARNING)


def info(message: str, path: Path = (), remedy: str = "") -> Problem:
    """Something worth knowing that is no fault."""
    return Problem(message, path, remedy, Severity.INFO)


@dataclass(frozen=True, slots=True)
class Report:
    """All problems of a run, in the order in which they were found."""

    problems: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, problems: Iterable[Problem]) -> "Report":
        """Collect problems, each once."""
        return cls(tuple(dict.fromkeys(problems)))

    def __add__(self, other: "Report") -> "Report":
        return Report.of((*self.problems, *other.problems))

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.problems)

    def of_severity(self, severity: Severity) -> tuple[Problem, ...]:
        """The problems of one severity."""
        return tuple(p for p in self.problems if p.severity is severity)

    @property
    def failed(self) -> bool:
        """Whether any error is among them."""
        return any(p.severity is Severity.ERROR for p in self.problems)


class Refused(Exception):  # noqa: N818 - it is an answer to the user, not a fault of the program
    """Input that cannot be used; carries the whole report. The only exception that crosses the public functions."""

    def __init__(self, report: Report) -> None:
        super().__init__("; ".join(p.message for p in report))
        self.report = report


def show_path(path: Path) -> str:
    """`("masters", 0, "name")` as `$.masters[0].name`; an unusual key is quoted."""
    return "$" + "".join(_show_step(step) for step in path)


def _show_step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN_KEY.fullmatch(step) else f'["{step}"]'
