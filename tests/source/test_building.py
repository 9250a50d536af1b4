"""The tree: places, paths, anchors, aliases and merge keys."""

import pytest
import yaml

from cloudgen.source import Document, Tree, parse

TEXT = """\
# a comment first
name: example
kubelet:
  config:   # why
    maxPods: 110
    list: [10.0.0.1, {a: "é x"}]
  args:
  - one
  - {deep: 'two', empty: }
  script: |
    line
empty:
"""

PLACES = {
    (): (2, 1, 13, None),
    ("name",): (2, 7, 7, (2, 1, 4)),
    ("kubelet",): (4, 3, 7, (3, 1, 7)),
    ("kubelet", "config"): (5, 5, 12, (4, 3, 6)),
    ("kubelet", "config", "maxPods"): (5, 14, 3, (5, 5, 7)),
    ("kubelet", "config", "list"): (6, 11, 22, (6, 5, 4)),
    ("kubelet", "config", "list", 0): (6, 12, 8, None),
    ("kubelet", "config", "list", 1): (6, 22, 10, None),
    ("kubelet", "config", "list", 1, "a"): (6, 26, 5, (6, 23, 1)),
    ("kubelet", "args"): (8, 3, 5, (7, 3, 4)),
    ("kubelet", "args", 0): (8, 5, 3, None),
    ("kubelet", "args", 1, "deep"): (9, 12, 5, (9, 6, 4)),
    ("kubelet", "args", 1, "empty"): (9, 19, 5, (9, 19, 5)),
    ("kubelet", "script"): (10, 11, 1, (10, 3, 6)),
    ("empty",): (12, 1, 5, (12, 1, 5)),
}


@pytest.mark.parametrize(("path", "expected"), PLACES.items(), ids=str)
def test_every_value_knows_its_place(path, expected):
    """Values and keys have line, column and length, in block and in flow style."""
    tree = at(parse(TEXT, "c.yaml"), *path)
    line, column, length, key = expected
    assert (tree.place.line, tree.place.column, tree.place.length) == (line, column, length)
    assert (tree.key and (tree.key.line, tree.key.column, tree.key.length)) == key
    assert tree.path == path


def test_wide_breaks_count_as_lines():
    """Lines are those of YAML 1.1, whatever ends them."""
    document = parse("a: 1\r\nb: 2\rc: 3\x85d: 4\u2028e: 5", "c.yaml")
    assert [at(document, key).place.line for key in "abcde"] == [1, 2, 3, 4, 5]


def test_number_keeps_how_it_was_written():
    """The float 1.3 still knows that it was written 1.30."""
    tree = at(parse("version: 1.30", "c.yaml"), "version")
    assert (tree.value, tree.raw) == (1.3, "1.30")


def test_alias_is_a_copy_with_its_own_path():
    """What an alias brings keeps the places of the anchor, under the path and key of the use."""
    document = parse("a: &x\n  b: [1]\nc: *x\n", "c.yaml")
    assert document.plain() == {"a": {"b": [1]}, "c": {"b": [1]}}
    used, below = at(document, "c"), at(document, "c", "b", 0)
    assert (used.path, used.key and used.key.line, used.place.line) == (("c",), 3, 1)
    assert (below.path, below.place.line, below.place.column) == (("c", "b", 0), 2, 7)


def test_anchor_may_be_used_again():
    """The anchor nearest above an alias is meant; an anchored key is a text like any other."""
    text = "&k a: &x 1\nb: *x\nc: &x 2\nd: *x\ne: *k\n*k : 5\n".replace("*k : 5", "f: 5")
    assert parse(text, "c.yaml").plain() == {"a": 1, "b": 1, "c": 2, "d": 2, "e": "a", "f": 5}


def test_alias_may_be_a_key():
    """An alias to a text is a key."""
    assert parse("a: &x name\n*x : b\n", "c.yaml").plain() == {"a": "name", "name": "b"}


MERGES = [
    "base: &b {x: 1, w: 2}\nuse: {<<: *b, w: 3}\n",
    "base: &b {x: 1, w: 2}\nuse: {w: 3, <<: *b}\n",
    "a: &a {x: 1, z: 1}\nb: &b {x: 2, w: 2}\nuse:\n  <<: [*a, *b]\n  z: 3\n",
    "a: &a {x: {deep: 1}}\nb: &b {<<: *a, w: 2}\nuse: {<<: *b}\n",
    "use: {<<: {x: 1}, w: 2}\n",
    "use: {'<<': x}\n",
    "use: {<<: []}\n",
]


@pytest.mark.parametrize("text", MERGES)
def test_merge_key_means_what_it_means_to_pyyaml(text):
    """Merged entries go under the mapping's own, earlier sources win, a quoted << is text."""
    assert parse(text, "c.yaml").plain() == yaml.safe_load(text)


def test_merged_entry_keeps_its_place():
    """A merged entry is marked where it was written, under the path of its use."""
    document = parse("base: &b\n  x: {w: 1}\nuse:\n  <<: *b\n  own: 2\n", "c.yaml")
    tree = at(document, "use", "x", "w")
    assert (tree.path, tree.place.line, tree.key and tree.key.line) == (("use", "x", "w"), 2, 2)
    assert at(document, "use", "own").place.line == 5


def at(document: Document, *path: str | int) -> Tree:
    tree = document.find(path)
    assert tree is not None
    return tree
