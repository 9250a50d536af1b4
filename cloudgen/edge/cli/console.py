"""What a command says: results on stdout, problems and progress on stderr, colours where they are wanted."""

import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TextIO

from cloudgen.edge.cli.exits import BAD_INPUT, DIFFERENT, OK
from cloudgen.edge.cli.options import Colour
from cloudgen.report import Report, Severity

_PATIENCE: Final = 1.0
"""Seconds after which a run tells how far it is."""


class Console:
    """One command's voice. Under `json`, problems become part of the result, and stderr stays silent."""

    def __init__(self, colour: Colour, *, json: bool = False, strict: bool = False) -> None:
        self.json = json
        self._strict = strict
        self._colour = coloured(colour, sys.stderr)
        self._began = time.monotonic()
        self._moving = False
        self._problems: list[dict[str, Any]] = []
        self._counts = dict.fromkeys(Severity, 0)

    @property
    def code(self) -> int:
        """The exit code after all that was reported so far."""
        if self._counts[Severity.ERROR]:
            return BAD_INPUT
        return DIFFERENT if self._strict and self._counts[Severity.WARNING] else OK

    def say(self, text: str) -> None:
        """A line of the result."""
        sys.stdout.write(f"{text}\n")

    def note(self, text: str) -> None:
        """A line about the run, on stderr."""
        self._still()
        sys.stderr.write(f"{text}\n")

    def result(self, **values: Any) -> None:
        """The whole result as JSON, with the problems."""
        from cloudgen.dump import to_json  # noqa: PLC0415

        self.say(to_json({**values, "problems": self._problems}).rstrip())

    def report(self, report: Report, texts: Mapping[str, str]) -> None:
        """Tell problems, and count them."""
        from cloudgen.edge.show import as_json, show_report  # noqa: PLC0415

        for problem in report:
            self._counts[problem.severity] += 1
        if self.json:
            self._problems += as_json(report)
        elif report.problems:
            self._still()
            sys.stderr.write(f"{show_report(report, texts, colour=self._colour)}\n\n")

    def summary(self) -> None:
        """How many errors and warnings there were, if any."""
        counts = {what: self._counts[what] for what in (Severity.ERROR, Severity.WARNING)}
        told = ", ".join(plural(count, what) for what, count in counts.items() if count)
        self._still()
        if told and not self.json:
            sys.stderr.write(f"{told}\n")

    def progress(self, text: str) -> None:
        """How far a long run is: one line that is written over, on terminals only."""
        if sys.stderr.isatty() and time.monotonic() - self._began > _PATIENCE and not self.json:
            self._moving = True
            sys.stderr.write(f"\r\x1b[K{text} ...")
            sys.stderr.flush()

    def _still(self) -> None:
        if self._moving:
            sys.stderr.write("\r\x1b[K")
            self._moving = False


def coloured(colour: Colour, stream: TextIO) -> bool:
    """NO_COLOR is honoured as no-color.org has it: any text in it but an empty one."""
    if colour is not Colour.AUTO:
        return colour is Colour.ALWAYS
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def plural(count: int, what: str) -> str:
    """`1 warning`, `2 warnings`."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: frozenset[int] = frozenset()) -> str:
    """Columns as wide as their widest cell, two blanks between them; columns of numbers stand to the right."""
    lines = [head, *([cell.translate(_CONTROLS) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in numbers else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


_CONTROLS: Final = dict.fromkeys((*range(32), *range(127, 160)), "?")
"""What could move a terminal's cursor, and comes from files of others."""
