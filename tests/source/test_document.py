"""Documents: where problems are placed, and what a document extends."""

import pytest

from cloudgen.report import Place, Problem, Report
from cloudgen.source import parse

TEXT = """\
vault:
  server: https://vault.example
masters:
  - name: master-0
    labels: {}
"""

LOCATED = {
    "value": (("vault", "server"), False, (2, 11, 21)),
    "key": (("vault", "server"), True, (2, 3, 6)),
    "list item": (("masters", 0), True, (4, 5, 14)),
    "missing below a mapping": (("vault", "caCert", "x"), False, (1, 1, 5)),
    "missing below an empty mapping": (("masters", 0, "labels", "zone"), False, (5, 5, 6)),
    "missing below a list item": (("masters", 0, "address"), False, (4, 5, 14)),
    "missing item": (("masters", 7), False, (3, 1, 7)),
    "negative item": (("masters", -1), False, (3, 1, 7)),
    "below a text": (("vault", "server", "x"), False, (2, 11, 21)),
    "missing at the root": (("etcd",), False, (1, 1, 6)),
    "a key in a list": (("masters", "name"), False, (3, 1, 7)),
    "an index in a mapping": (("vault", 0), False, (1, 1, 5)),
}


@pytest.mark.parametrize(("path", "on_key", "expected"), LOCATED.values(), ids=LOCATED)
def test_problem_gets_its_place(path, on_key, expected):
    """A problem is placed at its value or key, or at the nearest thing above it that exists."""
    located = parse(TEXT, "c.yaml").locate(Problem("wrong", path, on_key=on_key))
    place = located.place
    assert place is not None
    assert (place.file, place.line, place.column, place.length) == ("c.yaml", *expected)
    assert located.path == path


def test_located_problem_is_left_alone():
    """A place that is known already is not guessed again."""
    problem = Problem("wrong", ("vault",), place=Place("other.yaml", 7, 7))
    assert parse(TEXT, "c.yaml").locate(problem).place == Place("other.yaml", 7, 7)


def test_report_is_located_as_a_whole():
    """Every problem of a report gets its place, in the same order."""
    report = Report.of([Problem("a", ("masters",)), Problem("b", ("vault",))])
    located = parse(TEXT, "c.yaml").locate_all(report)
    assert [(p.message, p.place and p.place.line) for p in located] == [("a", 4), ("b", 2)]


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("a: 1", ()),
        ("extends: base.yaml", ("base.yaml",)),
        ("extends: [a.yaml, b.yaml]", ("a.yaml", "b.yaml")),
        ("extends: []", ()),
        ("extends:", ()),
    ],
)
def test_extended_files_are_named(text, files):
    """`extends` takes one name, a list of names, or nothing."""
    assert parse(text, "c.yaml").extends == files
