"""Printing problems: the sentence, the lines around, a mark under the place, and what to do; secrets masked."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from cloudgen.edge.cells import Cell, cells_of, cropped, marked, shown
from cloudgen.report import Place, Problem, Report, Severity, show_path
from cloudgen.source import hidden_spans, lines_of, without_tokens

_COLOURS: Final = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "36"}
_GUTTER: Final = "34"
_NEAR: Final = 500
"""How many characters before and after a mark are looked at."""
_LONGEST: Final = 1000
"""How much of a sentence is shown."""

_Lines = Mapping[str, list[str]]


def show_report(report: Report, texts: Mapping[str, str], *, colour: bool) -> str:
    """All problems in their order, a blank line between them; nothing for none."""
    lines = {name: lines_of(text) for name, text in texts.items()}
    return "\n\n".join(_show(problem, lines, _Paint(problem.severity, on=colour)) for problem in report)


def show_problem(problem: Problem, texts: Mapping[str, str], *, colour: bool) -> str:
    """One problem over several lines, without a newline at the end."""
    return show_report(Report((problem,)), texts, colour=colour)


def _show(problem: Problem, lines: _Lines, paint: "_Paint") -> str:
    path = f"[{printable(show_path(problem.path))}]" if problem.path else ""
    head = [paint.loud(f"{problem.severity}{path}") + paint.bold(f": {printable(problem.message)}")]
    place = problem.place
    excerpt = [] if place is None else [*_excerpt(place, lines.get(place.file, []))]
    width = max((len(label) for label, _, _ in excerpt), default=1)
    if place is not None:
        head.append(f"{' ' * width}{paint.gutter('-->')} {printable(place.file)}:{place.line}:{place.column}")
    body = [_row(label.rjust(width), text, paint, mark=mark) for label, text, mark in excerpt]
    tail = [f"{' ' * width} {paint.gutter('=')} help: {printable(problem.remedy)}"] if problem.remedy else []
    return "\n".join((*head, *body, *tail))


def as_json(report: Report) -> list[dict[str, Any]]:
    """The problems as plain data, for other tools."""
    return [_as_json(problem) for problem in report]


def _as_json(problem: Problem) -> dict[str, Any]:
    place = problem.place
    return {
        "message": without_tokens(problem.message),
        "severity": str(problem.severity),
        "path": without_tokens(show_path(problem.path)),
        "file": place and place.file,
        "line": place and place.line,
        "column": place and place.column,
        "remedy": without_tokens(problem.remedy),
    }


class _Paint:
    """Terminal colours, or none."""

    def __init__(self, severity: Severity, *, on: bool) -> None:
        self._colour = _COLOURS[severity]
        self._on = on

    def loud(self, text: str) -> str:
        return self._painted(text, f"1;{self._colour}")

    def bold(self, text: str) -> str:
        return self._painted(text, "1")

    def gutter(self, text: str) -> str:
        return self._painted(text, _GUTTER)

    def _painted(self, text: str, codes: str) -> str:
        return f"\x1b[{codes}m{text}\x1b[0m" if self._on else text


def _excerpt(place: Place, lines: list[str]) -> Iterator[tuple[str, str, bool]]:
    """A gap, the line before, the line, the mark and the line after, each with its label; the mark is flagged."""
    marks = place.line - 1
    if not 0 <= marks < len(lines):
        return
    yield "", "", False
    start = max(0, place.column - 1)
    offset = max(0, min(start, len(lines[marks])) - _NEAR)
    first = cropped(_cells(lines, marks, offset), start - offset)
    for index in range(max(0, marks - 1), min(len(lines), marks + 2)):
        if index == len(lines) - 1 > marks and not lines[index]:
            continue
        cells = _cells(lines, index, offset)
        yield str(index + 1), shown(cells, first), False
        if index == marks:
            yield "", marked(cells, first, start - offset, start - offset + place.length), True


def _cells(lines: list[str], index: int, offset: int) -> list[Cell]:
    """The cells of a line, or of the part near the mark for one that is very long."""
    part = lines[index][offset : offset + 2 * _NEAR]
    hidden = [(start - offset, stop - offset) for start, stop in hidden_spans(lines, index)]
    return cells_of(part, [(max(0, start), min(len(part), stop)) for start, stop in hidden])


def _row(label: str, text: str, paint: _Paint, *, mark: bool = False) -> str:
    row = f"{paint.gutter(f'{label} |')} {paint.loud(text) if mark else text}"
    return row.rstrip()


def printable(text: str) -> str:
    """A sentence that cannot forge lines, move the cursor or give away a token."""
    told = without_tokens(text)
    cells = cells_of(told if len(told) <= _LONGEST else f"{told[:_LONGEST]}…", [])
    return "".join(cell.text for cell in cells)
