"""A spec, opened."""

from dataclasses import replace

import pytest

from cloudgen.edge.opened import open_spec, rendered, together
from cloudgen.report import Place, Problem, Report, warning

SPEC = """\
apiVersion: cloudgen/v1alpha1
clusterName: example
domain: example.org
kubernetesVersion: v1.30.4
masters: [{name: master-0, overrides: {files: [{path: /x, contentFile: own.txt}]}}]
vault: {server: "https://vault.example.org:8200", caCert: ca.pem}
files: [{path: /x, contentFile: text.txt}]
"""


@pytest.fixture
def spec(tmp_path, monkeypatch):
    """A spec with three attachments, none of which is there."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "cluster.yaml"
    path.write_text(SPEC)
    return path


def test_attachments_are_explained_where_they_are_named(spec):
    """Each with its reason, at its entry."""
    (spec.parent / "ca.pem").write_bytes(b"\xff")
    (spec.parent / "text.txt").mkdir()
    opened = open_spec(spec.name)
    assert opened.spec is None
    assert [(p.message, p.place.line, p.place.column) for p in opened.report if p.place] == [
        ("ca.pem is no UTF-8 text", 6, 59),
        ("text.txt is no regular file", 7, 33),
        ("cannot read own.txt: no such file or directory", 5, 72),
    ]


def test_attachments_of_overrides_are_explained_too(spec):
    """They are told inside of the overrides, also where everything else is fine."""
    (spec.parent / "text.txt").write_text("x")
    spec.write_text(SPEC.replace(", caCert: ca.pem", ""))
    (problem,) = [problem for problem in open_spec(spec.name).report if "own.txt" in problem.message]
    assert problem.message == "cannot read own.txt: no such file or directory"
    assert problem.path == ("masters", 0, "overrides", "files", 0, "contentFile")


def test_what_cannot_be_read_is_a_report(tmp_path):
    """Nothing is raised; there is no spec, and so nothing to render."""
    opened = open_spec(str(tmp_path / "none.yaml"))
    assert opened.report.failed
    assert (opened.machines, [*rendered(opened)]) == ((), [])


def test_texts_are_kept_for_showing(spec):
    """Also those of a spec that is refused."""
    spec.write_text("a: [\n")
    assert open_spec(spec.name).texts == {"cluster.yaml": "a: [\n"}


def test_only_some_machines_are_rendered(spec):
    """The others cost nothing."""
    text = SPEC.replace(", overrides: {files: [{path: /x, contentFile: own.txt}]}", "")
    spec.write_text(text.replace(", caCert: ca.pem", "").replace("contentFile: text.txt", "content: x"))
    opened = open_spec(spec.name)
    assert [made.machine for made in rendered(opened)] == ["master-0"]
    assert [*rendered(opened, only=frozenset({"other"}))] == []


def test_problems_of_several_machines_are_put_together():
    """What is the same is told once; what differs in the machine's name names them all; the rest stays."""
    same, place = Problem("same", ("a",)), Place("c.yaml", 1, 1)
    one = Report((same, Problem("m-0: odd"), Problem("m-0: even", ("b",), place=place), Problem("first alone", ("c",))))
    two = Report((same, Problem("m-1: odd"), Problem("m-1: even", ("b",), place=place)))
    told = [problem.message for problem in together("c.yaml", [("m-0", one), ("m-1", two)])]
    assert told == ["c.yaml: same", "c.yaml: m-0, m-1: odd", "m-0, m-1: even", "c.yaml: first alone"]


def test_of_sizes_the_largest_is_told():
    """They differ by a few bytes, and so does what may help; a warning stays beside the errors."""
    sizes = {"m-0": 98, "m-1": 101, "m-2": 99}
    reports = [
        (name, Report((Problem(f"{size} are over 64", ("provider",), f"makes {size // 2} of it", weight=size),)))
        for name, size in sizes.items()
    ]
    reports.append(("m-3", Report((replace(warning("60 are near", ("provider",)), weight=60),))))
    assert [(problem.message, problem.remedy) for problem in together("c.yaml", reports)] == [
        ("m-1, the largest of 3: 101 are over 64", "makes 50 of it"),
        ("m-3: 60 are near", ""),
    ]
