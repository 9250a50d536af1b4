"""Reading: every broken document is told, with its place; no document breaks the reader."""

import string

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cloudgen.report import Problem, Refused, Report, show_path
from cloudgen.source import Document, parse
from cloudgen.source.scalars import Trap, resolve

VALID = """\
apiVersion: cloudgen/v1alpha1
defaults: &defaults {zone: ru-central1-a, labels: [a, "b"]}
masters:
  - <<: *defaults
    name: master-0   # the first
    address: 10.100.0.10
kubelet:
  config:
    maxPods: 110
    ratio: 1.30
    text: |
      two
      lines
"""


def refused(data: bytes | str) -> tuple[Problem, ...]:
    with pytest.raises(Refused) as caught:
        parse(data, "c.yaml")
    return caught.value.report.problems


def told(problem: Problem) -> tuple[str, int, int]:
    place = problem.place
    assert place is not None
    return problem.message, place.line, place.column


ONE_FAULT = {
    "empty": ("", "c.yaml is empty", 1, 1),
    "only a comment": ("# nothing\n", "c.yaml is empty", 1, 1),
    "only a marker": ("---\n", "c.yaml is empty", 1, 1),
    "root is a list": ("- a\n", "the document must be a mapping of keys to values", 1, 1),
    "root is a text": ("\nhello", "the document must be a mapping of keys to values", 2, 1),
    "no UTF-8": (b"a: b\nc: \xc3\xa9\xff", "the byte 0xff is no UTF-8", 2, 5),
    "no UTF-8 after a BOM": (b"\xef\xbb\xbfa: \xff", "the byte 0xff is no UTF-8", 1, 4),
    "UTF-16": ("a: b".encode("utf-16"), "c.yaml is saved as UTF-16 or UTF-32", 1, 1),
    "UTF-16 without BOM": ("a: b".encode("utf-16-be"), "c.yaml is saved as UTF-16 or UTF-32", 1, 1),
    "NUL": ("a: b\nc: \0", "the character NUL (U+0000) cannot stand in a document", 2, 4),
    "control character": ("a: \x1b[0m", "the control character U+001B cannot stand in a document", 1, 4),
    "BOM in the middle": ("a: x\ufeff", "a byte order mark (U+FEFF) cannot stand in a document", 1, 5),
    "surrogate": ("a: \ud800", "half of a surrogate pair (U+D800) cannot stand in a document", 1, 4),
    "too large": ("a: " + "x" * (1 << 20), "c.yaml is larger than 1024 KiB", 1, 1),
    "too large in bytes": (b"a: " + b"\xff" * (2 << 20), "c.yaml is larger than 1024 KiB", 1, 1),
    "tab before a key": ("a:\n\tb: 1\n", "a tab cannot indent a line", 2, 1),
    "tab in a continued text": ("a: b\n\tc: d\n", "a tab cannot indent a line", 2, 1),
    "tab in a block of text": ("a: |\n\tb\n", "a tab cannot indent a line", 2, 1),
    "no colon": ("a: 1\nfoo\nb: 2\n", "this is no key with a value: a colon is missing", 2, 1),
    "second colon": ("a: b: c\n", "a colon cannot stand here", 1, 5),
    "deeper than its sibling": ("a: 1\n b: 2\n", "a colon cannot stand here", 2, 3),
    "list on the line of its key": ("a: - b\n", "a list item cannot stand here", 1, 4),
    "list after keys": ("a: 1\n- b\n", "this fits neither as a key nor as a value of the mapping above", 2, 1),
    "key after items": ("a:\n  - b\n  c: 1\n", "this is no item of the list above", 3, 3),
    "open list": ("a: 1\nb: [1, 2\n", "the list [ is not closed, or lacks a comma", 2, 4),
    "open mapping": ("a: {b: 1\nc: 2\n", "the mapping { is not closed, or lacks a comma", 1, 4),
    "open quote": ('a: "x\nb: 1\n', "this quote is never closed", 1, 4),
    "escape": ('a: "\\q"\n', "this escape is unknown", 1, 5),
    "at sign": ("a: @x\n", "a plain text cannot begin with this character", 1, 4),
    "closing bracket alone": ("a: }\n", "a value is missing here", 1, 4),
    "text after the end": ("{a: 1} b\n", "this stands after the end of the document", 1, 8),
    "tag handle": ("a: !f!x y\n", "this tag is unknown", 1, 4),
    "surrogate in a tag": ("a: !<%ED%A0%80> b\n", "c.yaml cannot be read as YAML", 1, 1),
    "YAML of tomorrow": ("%YAML 3.0\n---\na: b\n", "this version of YAML is unknown", 1, 1),
    "directive": ("%FOO\n---\na: b\n", "this directive is unknown", 1, 1),
    "two documents": ("a: 1\n---\nb: 2\n", "a second document begins here", 2, 1),
    "equal keys": ("a: 1\nb: 2\na: 3\n", "the key a stands twice, already in line 1", 3, 1),
    "equal keys in flow style": ("a: {b: 1, c: 2, 'b': 3}", "the key b stands twice, already in line 1", 1, 17),
    "number as key": ("a:\n  1: x\n", "a key must be a text, not the number 1", 2, 3),
    "boolean as key": ("true: x\n", "a key must be a text, not the boolean true", 1, 1),
    "null as key": ("a: {~: x}\n", "a key must be a text, not null", 1, 5),
    "list as key": ("? [a, b]\n: c\n", "a key must be a text, not a list", 1, 3),
    "mapping as key": ("{a: b}: c\n", "a key must be a text, not a mapping", 1, 1),
    "trap as key": ("on: x\n", "YAML reads on as the boolean true", 1, 1),
    "Python object": ("a: !!python/object:os.x {}\n", "the tag !!python/object:os.x cannot be used here", 1, 4),
    "local tag": ("a: !vault x\n", "the tag !vault cannot be used here", 1, 4),
    "bare tag": ("a: ! x\n", "the tag ! cannot be used here", 1, 4),
    "set": ("a: !!set {x}\n", "the tag !!set cannot be used here", 1, 4),
    "tag of another kind": ("a: !!str {x: 1}\n", "the tag !!str cannot be used here", 1, 4),
    "tag that lies": ("a: !!int x\n", "the tag !!int does not fit this value", 1, 4),
    "undefined alias": ("a: *b\n", "nothing above is named &b", 1, 4),
    "recursive alias": ("a: &a\n  - b: *a\n", "the alias *a stands inside of what it names", 2, 8),
    "merge of a text": ("a:\n  <<: x\n", "<< takes a mapping or a list of mappings", 2, 7),
    "deep flow": ("a: " + "[" * 500, "the document is nested more than 64 levels deep", 1, 67),
    "deep mappings": ("{a: " * 200, "the document is nested more than 64 levels deep", 1, 257),
    "deep blocks": ("- " * 200, "the document is nested more than 64 levels deep", 1, 129),
    "many values": ("a: [" + "1," * 200_000, "the document has more than 100000 values, aliases expanded", 1, 199_999),
    "extends of a number": ("extends: 1\n", "extends takes the name of a file, or a list of such names", 1, 10),
    "extends of a mapping": ("extends:\n  a: 1\n", "extends takes the name of a file, or a list of such names", 2, 3),
    "extends of nothing": ("extends: [a, '']\n", "extends takes the name of a file, or a list of such names", 1, 14),
    "secret that is no text": ("password: 0123456\n", "YAML does not read this as text", 1, 11),
}


@pytest.mark.parametrize(("data", "message", "line", "column"), ONE_FAULT.values(), ids=ONE_FAULT)
def test_fault_is_told_at_its_place(data, message, line, column):
    """A broken document is refused with one problem, at its line and column, with a remedy."""
    problems = refused(data)
    assert [told(problem) for problem in problems] == [(message, line, column)]
    assert problems[0].remedy


@pytest.mark.parametrize("opener", ["[", "{a: ", "- "])
def test_endless_nesting_is_told(opener):
    """However deep: told once, whether our limit or libyaml's own (since 0.2.6) is met first."""
    (problem,) = refused("a: " * (opener != "- ") + opener * 200_000)
    assert told(problem)[:2] == ("the document is nested more than 64 levels deep", 1)
    assert problem.remedy


def test_all_faults_are_told_at_once():
    """Traps, equal keys and a syntax error below them are one report, each with its path."""
    problems = refused("a: {b: yes}\na: [0644, *x]\nc: {1: y}\n@")
    assert [(show_path(p.path), told(p)[1:]) for p in problems] == [
        ("$.a.b", (1, 8)),
        ("$.a", (2, 1)),
        ("$.a[0]", (2, 5)),
        ("$.a[1]", (2, 11)),
        ("$.c.1", (3, 5)),
        ("$.c.1", (3, 8)),
        ("$", (4, 1)),
    ]


def test_fault_of_a_key_is_marked_as_such():
    """A problem with a key says so, a problem with a value does not."""
    assert [p.on_key for p in refused("1: x\na: yes\na: b")] == [True, False, True]


def test_marks_cover_what_is_wrong():
    """The mark is as long as the text that is at fault."""
    assert [p.place and p.place.length for p in refused("a: 0644\nlong-key: x\nlong-key: !x y")] == [4, 8, 4]


def test_secret_value_is_not_quoted():
    """A trap below a secret-looking key is told without the value."""
    problem = refused("password: 0123456")[0]
    assert "0123456" not in problem.message + problem.remedy


@pytest.mark.parametrize("text", ["a: !{} b", "a: *{}", "? {}\n: 1\n? {}\n: 2", "1{}: x", "a: 0x{}"])
def test_problem_stays_short(text):
    """A problem quotes the beginning of what is very long."""
    problem = refused(text.replace("{}", "1" * 5_000))[-1]
    assert len(problem.message + problem.remedy) < 250


def test_many_faults_are_cut():
    """A report stays readable however many faults there are."""
    assert len(refused("".join(f"k{i}: yes\n" for i in range(500)))) == 100


def test_alias_bomb_is_refused():
    """Aliases count as often as they are used, so that a small text cannot grow large."""
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{i}: &a{i} [" + ", ".join([f"*a{i - 1}"] * 9) + "]" for i in range(1, 12)]
    message = "the document has more than 100000 values, aliases expanded"
    assert [p.message for p in refused("\n".join(levels))] == [message]


def test_alias_counts_as_deep_as_it_is():
    """Depth is bounded with aliases expanded."""
    levels = ["a0: &a0 [x]", *(f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 80))]
    assert [told(p) for p in refused("\n".join(levels))] == [
        ("the document is nested more than 64 levels deep", 64, 12)
    ]


def test_deepest_document_is_read():
    """64 levels are accepted."""
    text = "a: " + "[" * 63 + "]" * 63
    assert parse(text, "c.yaml").plain() == yaml.safe_load(text)


def test_byte_order_mark_is_dropped():
    """A UTF-8 byte order mark neither disturbs nor moves the first line."""
    document = parse(b"\xef\xbb\xbfa: b", "c.yaml")
    tree = document.find(("a",))
    assert tree is not None
    assert (tree.value, tree.place.column, document.texts) == ("b", 4, {"c.yaml": "a: b"})


def test_valid_document_is_read():
    """A whole document becomes the same data as with PyYAML."""
    assert parse(VALID.encode(), "c.yaml").plain() == yaml.safe_load(VALID)


def outcome(data: bytes | str) -> Document | Report:
    try:
        return parse(data, "c.yaml")
    except Refused as refusal:
        return refusal.report


def reads_or_refuses(data: bytes | str) -> bool:
    found = outcome(data)
    if isinstance(found, Document):
        return isinstance(found.plain(), dict)
    return found.failed and all(p.place is not None and p.remedy for p in found)


YAMLISH = st.text(st.sampled_from("ab01:-,.?&*!|>'\"%@`{}[]#~< \n\t\r\x85\u2028\\yno_x\0\ufeffé😀"), max_size=60)


@given(st.binary(max_size=200) | st.text(max_size=200) | YAMLISH)
@example("[" * 200_000)
@example("{" * 200_000)
@example("- " * 200_000)
@example("? " * 200_000)
@example("[\n" * 200_000)
@example("a: !!int " + "9" * 100_000)
@example("a: 1" + "0" * 100_000 + ".0")
@example("&a " * 1000)
@example("a: !<%FF> b")
@example("a: &\u00e9 b")
@example("<<: {<<: {<<: [{a: b}]}}")
@settings(max_examples=600)
def test_anything_is_read_or_refused(data):
    """No bytes and no text, however broken, give anything but a document or told problems."""
    assert reads_or_refuses(data)


@given(st.lists(st.tuples(st.integers(0, len(VALID)), st.integers(0, 5), YAMLISH), max_size=4))
@settings(max_examples=400)
def test_any_mutation_is_read_or_refused(edits):
    """A valid document with random edits is read or refused."""
    text = VALID
    for at, cut, inserted in edits:
        text = text[:at] + inserted + text[at + cut :]
    assert reads_or_refuses(text)


KEYS = st.text(string.ascii_letters + string.digits + "-_./ é", min_size=1, max_size=12).filter(
    lambda text: not isinstance(resolve(text), Trap) and text != "extends"
)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)
TREES = st.recursive(
    SCALARS | st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=7, max_size=30) | KEYS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, TREES, min_size=1), st.sampled_from([True, False, None]))
@settings(max_examples=300)
def test_plain_equals_what_pyyaml_reads(data, flow):
    """Documents without traps are the same data as PyYAML's, in block and in flow style."""
    text = yaml.safe_dump(data, default_flow_style=flow, allow_unicode=True)
    assert parse(text, "c.yaml").plain() == data == yaml.safe_load(text)
