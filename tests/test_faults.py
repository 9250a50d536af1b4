"""Bad input, a file for each fault: what a user is told, where the mark is, and what to write instead."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudgen.edge.opened import Opened, open_spec
from cloudgen.edge.show import show_report
from cloudgen.generate import build
from cloudgen.report import Problem, Report

FAULTS = Path(__file__).parent / "faults"
NAMES = sorted(path.stem for path in FAULTS.glob("*.yaml"))
JARGON = re.compile(
    r"input should|value error|valid (string|integer|number|boolean|dictionary|list|tuple)|pydantic|"
    r"assertion|NoneType|Traceback|_type\b|object has no attribute|see the description",
    re.IGNORECASE,
)
"""Words of pydantic and Python, which mean nothing to whoever wrote the YAML."""


@pytest.fixture(autouse=True)
def _beside_the_faults(monkeypatch):
    monkeypatch.chdir(FAULTS)


def found(opened: Opened) -> Iterator[Problem]:
    yield from opened.report
    for machine in opened.machines:
        if opened.spec:
            yield from opened.locate(build(opened.spec, machine)[1], machine)


def told(name: str) -> tuple[Report, str]:
    opened = open_spec(name)
    report = Report.of(found(opened))
    return report, show_report(report, opened.texts, colour=False)


@pytest.mark.parametrize("name", NAMES)
def test_fault(name, golden):
    """Each fault is told once, at its place, with what to do about it."""
    _, text = told(f"{name}.yaml")
    assert f"{text}\n" == golden(name=f"{name}.txt")


@pytest.mark.parametrize("name", NAMES)
def test_fault_in_our_words(name):
    """A sentence begins small, ends without a full stop, knows no jargon, and has a place and a remedy."""
    report, _ = told(f"{name}.yaml")
    assert report.problems
    for problem in report:
        assert problem.place is not None
        assert problem.remedy
        for words in (problem.message, problem.remedy):
            assert not JARGON.search(words)
            assert not words.endswith(".")
            assert not re.match(r"(?!Kubernetes )[A-Z][a-z]+ ", words)


def test_the_base_has_no_fault():
    """What every fault is laid over is sound: whatever is told is the fault's own."""
    assert told("base/minimal.yaml")[0] == Report()


def test_no_golden_without_its_fault():
    """A golden whose fault is gone is gone too."""
    goldens = FAULTS.parents[1] / "snapshots" / "faults"
    assert sorted(path.stem for path in goldens.glob("*.txt")) == NAMES
