"""Printing problems: what a user reads."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudgen.edge.show import as_json, show_problem, show_report
from cloudgen.report import Place, Problem, Report, info, warning
from cloudgen.source import parse

TEXT = """\
kubelet:
  extraArgs:
    network-plugin: cni
masters: [one]
"""


def show(text: str, place: Place | None, message: str = "wrong", remedy: str = "") -> list[str]:
    problem = Problem(message, remedy=remedy, place=place)
    return show_problem(problem, {"c.yaml": text}, colour=False).split("\n")


def test_problem_is_shown_with_its_lines():
    """Sentence, place, the lines around, a mark under the key, and the help."""
    problem = Problem(
        "kubelet v1.24.0 does not know --network-plugin",
        ("kubelet", "extraArgs", "network-plugin"),
        "drop it",
        on_key=True,
    )
    document = parse("\n" * 8 + TEXT, "c.yaml")
    assert show_problem(document.locate(problem), document.texts, colour=False).split("\n") == [
        "error[$.kubelet.extraArgs.network-plugin]: kubelet v1.24.0 does not know --network-plugin",
        "  --> c.yaml:11:5",
        "   |",
        "10 |   extraArgs:",
        "11 |     network-plugin: cni",
        "   |     ^^^^^^^^^^^^^^",
        "12 | masters: [one]",
        "   = help: drop it",
    ]


def test_problem_without_a_place_is_two_lines():
    """What stands nowhere prints its sentence and its help only."""
    assert show(TEXT, None, remedy="do it") == ["error: wrong", "  = help: do it"]


def test_problem_without_a_remedy_has_no_help():
    """Nothing is said where there is nothing to say."""
    assert show(TEXT, None) == ["error: wrong"]


def test_unknown_file_shows_no_lines():
    """A place in a file whose text is not at hand is named, without lines."""
    assert show(TEXT, Place("other.yaml", 2, 1)) == ["error: wrong", " --> other.yaml:2:1"]


def test_first_and_last_line_have_fewer_neighbours():
    """There is nothing before the first line and after the last."""
    assert show("a: 1", Place("c.yaml", 1, 4))[2:] == ["  |", "1 | a: 1", "  |    ^"]


MARKS = {
    "plain": ("abc: def", 6, 3, "abc: def", "     ^^^"),
    "tabs": ("a:\tb\tc", 6, 1, "a:    b    c", "           ^"),
    "marked tab": ("a:\tb", 3, 1, "a:    b", "  ^^^^"),
    "wide": ("日本: 語x", 5, 1, "日本: 語x", "      ^^"),
    "combining": ("e\u0301: x", 5, 1, "e\u0301: x", "   ^"),
    "control": ("a: \x1b[31mx", 4, 1, r"a: \x1b[31mx", "   ^^^^"),
    "no-break space": ("a:\xa0b", 4, 1, r"a:\xa0b", "      ^"),
    "behind the end": ("a: b", 90, 9, "a: b", "    ^"),
    "over the end": ("a: b", 4, 9, "a: b", "   ^"),
    "secret": ("token: abc", 8, 3, "token: ********", "       ^^^^^^^^"),
    "inside of a secret": ("token: abcdef", 10, 2, "token: ********", "       ^^^^^^^^"),
    "after a secret": ("- hvs.CAESI # x", 15, 1, "- ******** # x", "             ^"),
}


@pytest.mark.parametrize(("line", "column", "length", "shown", "mark"), MARKS.values(), ids=MARKS)
def test_mark_is_under_its_text(line, column, length, shown, mark):
    """The mark stands under what it means, whatever comes before it on the line."""
    rows = show(line, Place("c.yaml", 1, column, length))
    assert rows[3:] == [f"1 | {shown}", f"  | {mark}"]


@pytest.mark.parametrize("column", [1, 61, 150, 500, 1004])
def test_long_line_is_cropped_around_its_mark(column):
    """A line of a thousand columns is shown for the part that matters, with the mark still in place."""
    line = "x" * (column - 1) + "NEEDLE" + "x" * (1004 - column)
    rows = show(f"short\n{line}\nother", Place("c.yaml", 2, column, 6))
    before, cut, mark, after = rows[3:]
    assert all(len(row) <= 130 for row in rows)
    assert cut.index("NEEDLE") == mark.index("^^^^^^")
    assert mark.strip("| ") == "^^^^^^"
    shown = ["1 | short", "3 | other"] if column <= 61 else ["1 | …", "3 | …"]
    assert [before, after] == shown


def test_long_sentence_is_cut():
    """A message of many thousand characters does not fill the screen."""
    assert [len(row) < 1100 for row in show(TEXT, None, "x" * 9_000, "y" * 9_000)] == [True, True]


def test_secret_that_begins_far_before_the_mark_is_masked():
    """Cropping a long line does not uncover the secret in it."""
    rows = show("token: " + "x" * 3_000, Place("c.yaml", 1, 2_000, 5))
    assert "x" not in "".join(rows[2:])


def test_secrets_around_are_masked():
    """The lines around a fault give away no secret, nor do sentence and help."""
    text = "password: hunter2\na: 1\ntoken: |\n  hunter2"
    rows = show(text, Place("c.yaml", 2, 4), "found hvs.hunter2", "drop hvs.hunter2")
    assert "hunter2" not in "\n".join(rows + show(text, Place("c.yaml", 4, 3, 7)))


def test_sentence_cannot_forge_the_terminal():
    """Control characters of a message, key or file name are shown as escapes."""
    problem = Problem("bad\n\x1b[2J", ("k\rey",), "do\u202eit", place=Place("f\x07", 1, 1))
    assert show_problem(problem, {}, colour=False).split("\n") == [
        r"error[$[" + r'"k\rey"]]: bad\n\x1b[2J',
        r" --> f\x07:1:1",
        r"  = help: do\u202eit",
    ]


@pytest.mark.parametrize(
    ("problem", "code"),
    [(Problem("x"), "31"), (warning("x"), "33"), (info("x"), "36")],
    ids=["error", "warning", "info"],
)
def test_colour_tells_the_severity(problem, code):
    """Errors are red, warnings yellow, infos cyan, in the head and in the mark; without colour nothing is painted."""
    located = problem.at(Place("c.yaml", 1, 1))
    painted = show_problem(located, {"c.yaml": TEXT}, colour=True)
    assert painted.count(f"\x1b[1;{code}m") == 2
    assert re.sub(r"\x1b\[[0-9;]+m", "", painted) == show_problem(located, {"c.yaml": TEXT}, colour=False)


def test_report_shows_all_in_order():
    """Problems keep their order, with a blank line between; an empty report is nothing."""
    report = Report((Problem("first"), warning("second")))
    assert show_report(report, {}, colour=False) == "error: first\n\nwarning: second"
    assert show_report(Report(), {}, colour=False) == ""


def test_json_tells_the_same():
    """Other tools get message, severity, path, place and remedy as plain data."""
    report = Report((Problem("x hvs.abc", ("a", 0), "y", place=Place("c.yaml", 3, 5)), info("z")))
    first, second = json.loads(json.dumps(as_json(report)))
    assert first == {
        "message": "x ********",
        "severity": "error",
        "path": "$.a[0]",
        "file": "c.yaml",
        "line": 3,
        "column": 5,
        "remedy": "y",
    }
    assert (second["severity"], second["path"], second["file"], second["line"]) == ("info", "$", None, None)


@given(
    st.text("ab:\t\x1b\x00日é\u0301\"'| -\n{token}hvs.", max_size=300),
    st.builds(Place, st.just("c.yaml"), st.integers(0, 9), st.integers(1, 400), st.integers(1, 400)),
)
def test_any_place_in_any_text_can_be_shown(text, place):
    """Whatever the text and the place, the rows are printable and of a bounded width."""
    rows = show(text, place)
    assert all(row.isprintable() and len(row) < 260 for row in rows)
