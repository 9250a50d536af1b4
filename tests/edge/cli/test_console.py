"""What a command says, and where."""

import io
import sys

import pytest

from cloudgen.edge.cli.console import Console, plural, table
from cloudgen.edge.cli.options import Colour
from cloudgen.report import Problem, Report, info, warning


class Terminal(io.StringIO):
    """A stream that calls itself a terminal."""

    def isatty(self) -> bool:
        """It does."""
        return True


@pytest.fixture
def terminal(monkeypatch):
    """Makes stderr a terminal, without anything that forbids colours; to be called in the test, after pytest's own."""

    def made() -> Terminal:
        stream = Terminal()
        monkeypatch.setattr(sys, "stderr", stream)
        return stream

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    return made


def test_columns_are_as_wide_as_their_widest_cell():
    """Numbers stand to the right, and nothing trails."""
    rows = [("a", "1", "x"), ("longer", "100", "")]
    assert table(("NAME", "N", "Z"), rows, frozenset({1})) == "NAME      N  Z\na         1  x\nlonger  100"


def test_tables_do_not_obey_their_cells():
    """What could move the cursor or begin a line is shown as a question mark."""
    assert table(("A",), [("x\x1b[2J\ny\x9b",)]) == "A\nx?[2J?y?"


def test_plurals():
    """One is one."""
    assert [plural(count, "error") for count in (0, 1, 2)] == ["0 errors", "1 error", "2 errors"]


@pytest.mark.parametrize(
    ("problem", "code", "strict"),
    [(info("x"), 0, 0), (warning("x"), 0, 1), (Problem("x"), 2, 2)],
    ids=["info", "warning", "error"],
)
def test_codes(problem, code, strict):
    """Infos never fail, warnings under --strict, errors always."""
    for wanted, chosen in ((code, False), (strict, True)):
        console = Console(Colour.NEVER, strict=chosen)
        console.report(Report((problem,)), {})
        assert console.code == wanted


@pytest.mark.parametrize(
    ("name", "value", "painted"), [("NO_COLOR", "1", False), ("NO_COLOR", "", True), ("TERM", "dumb", False)]
)
def test_terminals_are_painted_unless_told_otherwise(terminal, monkeypatch, name, value, painted):
    """NO_COLOR and dumb terminals are respected."""
    monkeypatch.setenv(name, value)
    stream = terminal()
    Console(Colour.AUTO).report(Report((Problem("x"),)), {})
    assert ("\x1b[" in stream.getvalue()) is painted


def test_progress_is_told_to_patient_terminals_only(terminal, monkeypatch):
    """Not within the first second; and it is wiped away before anything else is said."""
    seconds = iter([0.0, 0.5, 1.5])
    monkeypatch.setattr("time.monotonic", lambda: next(seconds))
    stream = terminal()
    console = Console(Colour.NEVER)
    console.progress("first")
    assert stream.getvalue() == ""
    console.progress("second")
    console.note("done")
    assert stream.getvalue() == "\r\x1b[Ksecond ...\r\x1b[Kdone\n"
