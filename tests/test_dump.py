"""The dumper: what it writes, every reader of YAML gives back."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudgen.dump import to_json, to_yaml
from tests.nodes import CONTENTS

WORDS = (
    "yes", "No", "on", "OFF", "y", "n", "true", "False", "null", "~", "Null", "", " ", "-", "--", "---",
    "--- a", "...", "1", "0", "-1", "+1", "0644", "0o644", "0x1F", "0b1", "1_000", "1.30", "1.", ".5", "1e3",
    "1E-3", "12:30:45", "1:00", ".inf", "-.Inf", ".NaN", "2026-11-23", "2026-11-23T10:00:00Z",
    "2026-1-2 3:4:5", "=", "<<", "a: b", "a:", ":a", "a #b", "#a", "a#b", "- a", "-a", "--flag=x", "? a",
    "?a", "!a", "&a", "*a", "%a", "@a", "`a", "|", ">", "[a]", "{a}", "a, b", "'a'", '"a"', "a'b", "a\\b",
    "C:\\x", "10.0.0.1", "v1.30.4", "https://a:8200/x", "a b", " a", "a ", "\ta", "0.0.0.0:1", "[::]:2379",
    "*,bootstrapsigner", "\u2028", "\u0085", "\ufeff", "\u007f", "\U0001f600", "\u0436", "\u0000", "\r",
    "a\nb", "\n", "a\n\n", "a\n---\nb\n", "-0", "+", "+a", "0b", "0x", "e1", "1e", "::", "a::b", "a:\tb",
    "$(x)", "${x}", "<x>", "x=", "~a", "^a$",
)  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(WORDS), st.sampled_from([c for c in CONTENTS.values() if isinstance(c, str)]), st.text()
)
SCALARS = st.one_of(TEXTS, st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False))
TREES = st.recursive(SCALARS, lambda below: st.lists(below) | st.dictionaries(TEXTS, below), max_leaves=25)
DOCUMENTS: st.SearchStrategy[Any] = st.lists(TREES, min_size=1) | st.dictionaries(
    TEXTS.filter(lambda t: len(t) < 100), TREES, min_size=1
)
LOADERS = {"python": yaml.SafeLoader, "libyaml": yaml.CSafeLoader}


def same(found: Any, meant: Any) -> bool:
    """Equal values of equal types: 1 is not true, and 1.0 is not 1."""
    return json.dumps(found, sort_keys=True) == json.dumps(meant, sort_keys=True)


def readable(text: str) -> bool:
    """PyYAML refuses characters that YAML's stream may not hold, even where they are escaped in the data."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


@pytest.mark.parametrize("loader", LOADERS.values(), ids=LOADERS)
@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("word", WORDS, ids=repr)
def test_words_stay_texts(word, ascii_only, loader):
    """A text is read back as the same text, as a value, an item and a key."""
    data: Any = {"value": word, "items": [word, [word], {"k": word}], word + "k": 1, word: {"below": word}}
    assert same(yaml.load(to_yaml(data, ascii_only=ascii_only), Loader=loader), data)  # noqa: S506 - both are safe ones


@given(DOCUMENTS.filter(lambda d: readable(repr(d))), st.booleans())
@settings(max_examples=400)
def test_any_tree_survives(data, ascii_only):
    """Any tree of plain data is read back as it was."""
    text = to_yaml(data, ascii_only=ascii_only)
    assert text.endswith("\n")
    assert not ascii_only or text.isascii()
    assert same(yaml.load(text, Loader=yaml.CSafeLoader), data)


def test_reads_like_kubeadm():
    """Block style, lists at the level of their key, no quotes where none are needed."""
    data: Any = {
        "a": {"b": [{"name": "x", "args": ["--v=2", "--bind-address=0.0.0.0"]}, {"name": "z"}]},
        "none": None,
        "empty": {},
        "also": [],
        "mode": "0644",
        "script": "set -e\n\nrun\n",
    }
    assert to_yaml(data) == (
        "a:\n  b:\n  - name: x\n    args:\n    - --v=2\n    - --bind-address=0.0.0.0\n  - name: z\n"
        'none: null\nempty: {}\nalso: []\nmode: "0644"\nscript: |\n  set -e\n\n  run\n'
    )


def test_json_keeps_the_order():
    """JSON is indented and keeps the order of its keys."""
    assert to_json({"b": 1, "a": ["ж"]}) == '{\n  "b": 1,\n  "a": [\n    "ж"\n  ]\n}\n'
