"""What is masked when a line is shown."""

import pytest

from cloudgen.source import hidden_spans, without_tokens
from cloudgen.source.letters import readable

LINES = """\
password: hunter2
"clientSecret" : {a: b}
masters: example
tokens:
- one
- two: three
name: hvs.CAESIJ here
legacy: s.abcdefgh12345678
host: s.example.com
secret: |  # block
  first

  second
after: x
quoted: y
token: "begins
here"
list:
  - token: abc
    name: visible
tokenTtl: 15m
plain: see hidden password of yours""".splitlines()

HIDDEN = {
    0: "hunter2",
    1: "{a: b}",
    4: "- one",
    5: "- two: three",
    6: "hvs.CAESIJ",
    7: "s.abcdefgh12345678",
    10: "first",
    12: "second",
    15: '"begins',
    16: 'here"',
    18: "abc",
}


@pytest.mark.parametrize("index", range(len(LINES)))
def test_secret_looking_parts_are_found(index):
    """Values of secret-looking keys and Vault tokens are hidden, over all their lines; nothing else is."""
    spans = hidden_spans(LINES, index)
    assert [LINES[index][start:stop] for start, stop in spans] == ([HIDDEN[index]] if index in HIDDEN else [])


def test_sentence_loses_its_tokens():
    """A message that quotes a token shows a mask in its place."""
    assert without_tokens("found hvs.abc-def in masters.x") == "found ******** in masters.x"


def test_any_bytes_can_be_shown():
    """What is no UTF-8 is still a text to show lines from."""
    assert readable(b"\xef\xbb\xbfa: \xff") == "a: \ufffd"


def test_hostile_line_costs_little():
    """No line makes the search for secrets slow: this one would take years if the patterns could backtrack."""
    line = "token: " + "&!" * 5_000 + "' tokentoken" * 1_000
    assert hidden_spans([line, " x"], 0) == [(7, len(line))]
