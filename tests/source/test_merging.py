"""Documents on top of documents."""

import pytest

from cloudgen.report import Problem
from cloudgen.source import Document, combine, graft, parse

BASE = """\
clusterName: base
kubelet:
  args: {v: 1, a: x}
  list: [1, 2]
etcd: {x: 1}
"""
OVER = """\
extends: base.yaml
kubelet:
  list: [3]
  args:
    v: 2
etcd: null
new: yes-indeed
"""


def combined() -> Document:
    return combine(parse(OVER, "over.yaml"), [parse(BASE, "base.yaml")])


def test_maps_merge_lists_replace_null_is_kept():
    """Maps merge deeply, lists replace, null replaces and stays, `extends` is gone."""
    assert combined().plain() == {
        "clusterName": "base",
        "kubelet": {"args": {"v": 2, "a": "x"}, "list": [3]},
        "etcd": None,
        "new": "yes-indeed",
    }


def test_order_is_the_base_s():
    """Keys keep the order of the base; new ones follow."""
    assert list(combined().plain()) == ["clusterName", "kubelet", "etcd", "new"]


@pytest.mark.parametrize(
    ("path", "file", "line"),
    [
        (("clusterName",), "base.yaml", 1),
        (("kubelet", "args", "a"), "base.yaml", 3),
        (("kubelet", "args", "v"), "over.yaml", 5),
        (("kubelet", "list", 0), "over.yaml", 3),
        (("etcd",), "over.yaml", 6),
        (("kubelet", "missing"), "over.yaml", 2),
        (("missing",), "over.yaml", 1),
    ],
)
def test_fault_names_its_file(path, file, line):
    """A value is told in the file that it came from; what is missing, in the file on top."""
    place = combined().locate(Problem("wrong", path)).place
    assert place is not None
    assert (place.file, place.line) == (file, line)


def test_all_texts_are_kept():
    """Lines of every file can be shown."""
    assert combined().texts == {"base.yaml": BASE, "over.yaml": OVER}


def test_later_bases_win():
    """Of several bases the last one wins, and the document over all."""
    bases = [parse("a: 1\nb: 1\nc: 1\nextends: x", "1.yaml"), parse("b: 2\nc: 2", "2.yaml")]
    assert combine(parse("extends: [1.yaml, 2.yaml]\nc: 3", "3.yaml"), bases).plain() == {"a": 1, "b": 2, "c": 3}


MASTERS = """\
kubelet: {args: {v: 1, a: x}}
masters:
  - name: master-0
  - name: master-1
    overrides:
      kubelet:
        args:
          v: 2
      extra: [1]
  - name: master-2
    overrides:
"""
OVERRIDES = ("masters", 1, "overrides")


def test_overrides_go_over_the_root():
    """The mapping at a path is merged over the whole document, which stays as it was otherwise."""
    document = parse(MASTERS, "c.yaml")
    grafted = graft(document, OVERRIDES).plain()
    assert (grafted["kubelet"], grafted["extra"]) == ({"args": {"v": 2, "a": "x"}}, [1])
    assert grafted["masters"] == document.plain()["masters"]


@pytest.mark.parametrize(
    ("path", "line", "own_path"),
    [
        (("kubelet", "args", "v"), 8, (*OVERRIDES, "kubelet", "args", "v")),
        (("kubelet", "args", "a"), 1, ("kubelet", "args", "a")),
        (("kubelet", "args", "missing"), 7, (*OVERRIDES, "kubelet", "args", "missing")),
        (("extra", 0), 9, (*OVERRIDES, "extra", 0)),
        (("etcd", "x"), 1, ("etcd", "x")),
    ],
)
def test_fault_in_an_override_is_told_there(path, line, own_path):
    """A value from an override is told at its own line, under the path that the user wrote."""
    located = graft(parse(MASTERS, "c.yaml"), OVERRIDES).locate(Problem("wrong", path))
    assert (located.place and located.place.line, located.path) == (line, own_path)


@pytest.mark.parametrize("index", [0, 2, 9])
def test_no_overrides_change_nothing(index):
    """A machine without overrides, or with empty ones, has the document as it is."""
    document = parse(MASTERS, "c.yaml")
    assert graft(document, ("masters", index, "overrides")) is document
