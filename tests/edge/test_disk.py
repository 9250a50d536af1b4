"""A spec with all that it extends."""

import pytest

from cloudgen.edge.disk import folder_of, read_attachments, read_spec
from cloudgen.report import Refused
from cloudgen.source import Document


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Writes files by name into the current folder."""
    monkeypatch.chdir(tmp_path)

    def write(**texts):
        for name, text in texts.items():
            path = tmp_path / f"{name.replace('__', '/')}.yaml"
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_text(text)

    return write


def told(name: str, texts: dict[str, str] | None = None) -> list[tuple[str, str, int, int]]:
    with pytest.raises(Refused) as caught:
        read_spec(name, texts)
    found = caught.value.report
    return [(p.message, p.place.file, p.place.line, p.place.column) for p in found if p.place]


def file_of(document: Document, key: str) -> str:
    tree = document.find((key,))
    return tree.place.file if tree else ""


def test_bases_lie_under_the_spec(files):
    """Maps merge, later files win, and each value knows its file."""
    files(a="x: 1\nz: {a: 1}\n", b="z: {b: 2}\nx: 2\n", top="extends: [a.yaml, b.yaml]\nz: {c: 3}\n")
    document = read_spec("top.yaml")
    assert document.plain() == {"x": 2, "z": {"a": 1, "b": 2, "c": 3}}
    assert file_of(document, "x") == "b.yaml"
    assert set(document.texts) == {"a.yaml", "b.yaml", "top.yaml"}


def test_each_file_names_its_bases_relative_to_itself(files):
    """A base in a folder extends its neighbour; names are shown from where the user is."""
    files(common__base="x: 1\n", common__more="extends: base.yaml\nz: 2\n", top="extends: common/more.yaml\n")
    document = read_spec("top.yaml")
    assert document.plain() == {"x": 1, "z": 2}
    assert file_of(document, "x") == "common/base.yaml"


def test_each_file_comes_once(files):
    """What two bases share does not undo the one that comes first."""
    files(root="x: 0\n", a="extends: root.yaml\nx: 1\n", b="extends: root.yaml\nz: 2\n")
    files(top="extends: [a.yaml, b.yaml]\n")
    assert read_spec("top.yaml").plain() == {"x": 1, "z": 2}


def test_a_circle_is_told_with_its_chain(files):
    """At the entry that closes it; a link under another name is the same file."""
    files(a="extends: [b.yaml]\n", b="extends: c.yaml\n", c="extends: link.yaml\n", me="extends: me.yaml\n")
    folder_of("a.yaml").joinpath("link.yaml").symlink_to("a.yaml")
    message = "extends goes in a circle: a.yaml -> b.yaml -> c.yaml -> link.yaml"
    assert told("a.yaml") == [(message, "c.yaml", 1, 10)]
    assert told("me.yaml") == [("extends goes in a circle: me.yaml -> me.yaml", "me.yaml", 1, 10)]


def test_nothing_outside_of_the_folder_is_extended(files):
    """Also from a base deeper down, which may climb no higher than to the spec's folder."""
    files(outside="x: 1\n", in__top="extends: [deep/base.yaml, ../outside.yaml]\n", in__fine="z: 1\n")
    files(in__deep__base="extends: [../fine.yaml, ../../outside.yaml]\n")
    outside = "outside.yaml lies outside of the spec's folder"
    assert told("in/top.yaml") == [(outside, "in/deep/base.yaml", 1, 25), (outside, "in/top.yaml", 1, 27)]


def test_all_bases_are_judged(files):
    """A missing one, a folder and a broken one are told together, each at its place; texts are kept for showing."""
    files(broken="a: [\n", top="extends:\n- none.yaml\n- broken.yaml\n- folder.yaml\n")
    folder_of("").joinpath("folder.yaml").mkdir()
    texts: dict[str, str] = {}
    found = told("top.yaml", texts)
    assert found[0] == ("cannot read none.yaml: no such file or directory", "top.yaml", 2, 3)
    assert found[1][1] == "broken.yaml"
    assert found[2] == ("folder.yaml is no regular file", "top.yaml", 4, 3)
    assert set(texts) == {"top.yaml", "broken.yaml"}


def test_a_crowd_of_files_is_refused(files):
    """However deep they build upon each other, there is an end, and no overflow."""
    files(**{f"f{number}": f"extends: f{number + 1}.yaml\n" for number in range(200)})
    assert told("f0.yaml") == [("the spec extends more than 64 files", "f64.yaml", 1, 10)]


def test_attachments_are_text_below_the_folder(tmp_path):
    """Those that can be had come with their texts, the others with a reason."""
    (tmp_path / "ca.pem").write_text("pem")
    (tmp_path / "noise").write_bytes(b"\xff\xfe")
    texts, faults = read_attachments(frozenset({"ca.pem", "noise", "none", "../x", "/etc/passwd"}), tmp_path)
    assert texts == {"ca.pem": "pem"}
    assert {name: problem.message for name, problem in faults.items()} == {
        "noise": "noise is no UTF-8 text",
        "none": "cannot read none: no such file or directory",
        "../x": "../x lies outside of the spec's folder",
        "/etc/passwd": "/etc/passwd lies outside of the spec's folder",
    }
