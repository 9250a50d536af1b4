"""Printing problems: the sentence, the lines around, a mark under the place, and what to do; secrets masked."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from cloudgen.edge.cells import Cell, cells_of, cropped, marked, shown
from cloudgen.report import Place, Problem, Report, Severity, show_path
from cloudgen.source import hidden_spans, lines_of, without_tokens

_COLOURS: Final = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "36"}
_GUTTER: Final = "34"


def show_report(report: Report, texts: Mapping[str, str], *, colour: bool) -> str:
    """All problems in their order, a blank line between them; nothing for none."""
    return "\n\n".join(show_problem(problem, texts, colour=colour) for problem in report)


def show_problem(problem: Problem, texts: Mapping[str, str], *, colour: bool) -> str:
    """One problem over several lines, without a newline at the end."""
    paint = _Paint(problem.severity, on=colour)
    path = f"[{_safe(show_path(problem.path))}]" if problem.path else ""
    head = [paint.loud(f"{problem.severity}{path}") + paint.bold(f": {_safe(problem.message)}")]
    place = problem.place
    excerpt = [] if place is None else _excerpt(place, texts)
    width = max((len(label) for label, _, _ in excerpt), default=1)
    if place is not None:
        head.append(f"{' ' * width}{paint.gutter('-->')} {_safe(place.file)}:{place.line}:{place.column}")
    body = [_row(label.rjust(width), text, paint, mark=mark) for label, text, mark in excerpt]
    if excerpt:
        body.insert(0, _row(" " * width, "", paint))
    tail = [f"{' ' * width} {paint.gutter('=')} help: {_safe(problem.remedy)}"] if problem.remedy else []
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


def _excerpt(place: Place, texts: Mapping[str, str]) -> list[tuple[str, str, bool]]:
    """The line before, the line, the mark and the line after, each with its label; the mark is flagged."""
    text = texts.get(place.file)
    lines = [] if text is None else lines_of(text)
    if not 1 <= place.line <= len(lines):
        return []
    return list(_rows(place, lines))


def _rows(place: Place, lines: list[str]) -> Iterator[tuple[str, str, bool]]:
    start, stop = place.column - 1, place.column - 1 + place.length
    first = cropped(_cells(lines, place.line - 1), start)
    for index in range(max(0, place.line - 2), min(len(lines), place.line + 1)):
        if index == len(lines) - 1 and not lines[index] and index != place.line - 1:
            continue
        cells = _cells(lines, index)
        yield str(index + 1), shown(cells, first), False
        if index == place.line - 1:
            yield "", marked(cells, first, start, stop), True


def _cells(lines: list[str], index: int) -> list[Cell]:
    return cells_of(lines[index], hidden_spans(lines, index))


def _row(label: str, text: str, paint: _Paint, *, mark: bool = False) -> str:
    row = f"{paint.gutter(f'{label} |')} {paint.loud(text) if mark else text}"
    return row.rstrip()


def _safe(text: str) -> str:
    """A sentence that cannot forge lines, move the cursor or give away a token."""
    cells = cells_of(without_tokens(text), [])
    return "".join(cell.text for cell in cells)
