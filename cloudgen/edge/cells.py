"""A line of text as a terminal shows it: escapes for what must not be printed raw, wide characters, masks, cropping."""

import unicodedata
from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate
from typing import Final, NamedTuple

_MASK: Final = "********"
_TAB: Final = 4
_ROOM: Final = 120
_BEFORE: Final = 60
"""How much of a long line is kept before its mark."""
_REMEMBERED: Final = 512


class Cell(NamedTuple):
    """One character of the source: what is printed for it, and how many columns that takes."""

    text: str
    width: int


def cells_of(line: str, hidden: list[tuple[int, int]]) -> list[Cell]:
    """One cell for each character; the hidden spans become one mask each."""
    cells = [_cell(char) for char in line]
    for start, stop in hidden:
        if start < stop:
            cells[start:stop] = [Cell(_MASK, len(_MASK)), *[Cell("", 0)] * (stop - start - 1)]
    return cells


def cropped(cells: list[Cell], start: int) -> int:
    """The column at which lines begin to be shown, so that what begins at a character is seen."""
    if _width(cells) <= _ROOM:
        return 0
    return max(0, _width(cells[:start]) - _BEFORE)


def shown(cells: list[Cell], first: int) -> str:
    """The printed text of a line from a column on, with an ellipsis for what is cut."""
    begin, end = _window(cells, first)
    texts = [cell.text for cell in cells[begin:end]]
    return "".join(("…" if first else "", *texts, "…" if end < len(cells) else ""))


def marked(cells: list[Cell], first: int, start: int, stop: int) -> str:
    """The carets under the characters from `start` to `stop`, as far as they are shown."""
    begin, end = _window(cells, first)
    start = min(max(start, begin), end)
    while begin < start < len(cells) and not cells[start].text:
        start -= 1
    gap = _width(cells[begin:start]) + bool(first)
    return " " * gap + "^" * max(1, _width(cells[start : min(stop, end)]))


def _window(cells: list[Cell], first: int) -> tuple[int, int]:
    """The cells that lie between two columns."""
    ends = list(accumulate(cell.width for cell in cells))
    return bisect_right(ends, first) if first else 0, bisect_right(ends, first + _ROOM)


def _width(cells: list[Cell]) -> int:
    return sum(cell.width for cell in cells)


@lru_cache(maxsize=_REMEMBERED)
def _cell(char: str) -> Cell:
    if char == "\t":
        return Cell(" " * _TAB, _TAB)
    if not char.isprintable():
        escape = char.encode("unicode_escape").decode("ascii")
        return Cell(escape, len(escape))
    if unicodedata.combining(char):
        return Cell(char, 0)
    return Cell(char, 2 if unicodedata.east_asian_width(char) in "WF" else 1)
