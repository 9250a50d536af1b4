"""Spans: the parser's marks as places, of which the first line is what gets marked."""

import re
from typing import Final, Protocol

from cloudgen.report import Place
from cloudgen.source.letters import lines_of

_COMMENT: Final = re.compile(r"\s#")


class Mark(Protocol):
    """A point in the text, counted from 0."""

    index: int
    line: int
    column: int


class Event(Protocol):
    """What the parser says of one value; which fields there are depends on its kind."""

    start_mark: Mark
    end_mark: Mark
    anchor: str | None
    tag: str | None
    value: str
    implicit: tuple[bool, bool]


class Spans:
    """Makes places in one text."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._lines = lines_of(text)

    def of(self, event: Event) -> Place:
        """Where one event stands."""
        return self.between(event.start_mark, event.end_mark)

    def between(self, start: Mark, end: Mark) -> Place:
        """What lies between two marks."""
        line, column = start.line, start.column
        length = end.column - column if end.line == line else self._rest(line, column)
        return Place(self._name, line + 1, column + 1, max(1, length))

    def _rest(self, line: int, column: int) -> int:
        """The length of a line from a column on, without a comment at its end."""
        rest = self._lines[line][column:]
        if not {'"', "'"} & set(rest):
            rest = _COMMENT.split(rest, maxsplit=1)[0]
        return len(rest.rstrip())
