"""Syntax errors in plain words: the parser's own, with what to do about each."""

from dataclasses import dataclass
from typing import Final

import yaml

from cloudgen.report import Place, Problem

MOST_DEPTH: Final = 64
TOO_DEEP: Final = f"the document is nested more than {MOST_DEPTH} levels deep"
LESS_DEEP: Final = "nest it less deeply"

_QUOTE: Final = "quote the text if it holds ': ', '#' or begins with a special character"
_PAIR: Final = f"write key: value, with a space after the colon; {_QUOTE}"
_INDENT: Final = "indent with spaces, the same number for all keys of a mapping"
_CLOSE: Final = "close it, or add the missing comma"


@dataclass(frozen=True, slots=True)
class _Words:
    message: str
    remedy: str = ""
    at_start: bool = False
    """The fault is where the construct begins, not where the parser gave up."""


_WORDS: Final = {
    "could not find expected ':'": _Words("this is no key with a value: a colon is missing", _PAIR, at_start=True),
    "mapping values are not allowed in this context": _Words("a colon cannot stand here", f"{_QUOTE}; {_INDENT}"),
    "mapping keys are not allowed in this context": _Words("a key cannot stand here", _INDENT),
    "block sequence entries are not allowed in this context": _Words(
        "a list item cannot stand here", "begin the list on the line below its key"
    ),
    "did not find expected key": _Words("this fits neither as a key nor as a value of the mapping above", _INDENT),
    "did not find expected '-' indicator": _Words("this is no item of the list above", _INDENT),
    "did not find expected ',' or ']'": _Words("the list [ is not closed, or lacks a comma", _CLOSE, at_start=True),
    "did not find expected ',' or '}'": _Words("the mapping { is not closed, or lacks a comma", _CLOSE, at_start=True),
    "did not find expected node content": _Words("a value is missing here", _QUOTE),
    "did not find expected <document start>": _Words("this stands after the end of the document", "remove it"),
    "found character that cannot start any token": _Words("a plain text cannot begin with this character", "quote it"),
    "found unexpected end of stream": _Words("this quote is never closed", "close it", at_start=True),
    "found unexpected document indicator": _Words("this quote is never closed", "close it", at_start=True),
    "found unknown escape character": _Words(
        "this escape is unknown", "write the backslash twice, or use single quotes"
    ),
    "found invalid Unicode character escape code": _Words(
        "this escape is no character", "write the character itself; half of a surrogate pair is none"
    ),
    "found undefined tag handle": _Words("this tag is unknown", "quote the text if it begins with an exclamation mark"),
    "found incompatible YAML document": _Words("this version of YAML is unknown", "remove the %YAML line"),
    "found unknown directive name": _Words("this directive is unknown", "remove it", at_start=True),
    "did not find expected comment or line break": _Words(
        "a block of text begins on the next line", "break the line after | or >"
    ),
    # libyaml counts too, since 0.2.6, and its scanner reads ahead of the events: it may meet its own limit first.
    "exceeded maximum nesting depth": _Words(TOO_DEEP, LESS_DEEP),
}
_TAB: Final = _Words("a tab cannot indent a line", "indent with spaces")


def syntax_problem(fault: yaml.MarkedYAMLError, text: str, name: str) -> Problem:
    """What the parser stumbled over, where, and what to do."""
    words = _words_of(fault, text)
    mark = fault.problem_mark
    if words.at_start or mark is None or mark.index >= len(text):
        mark = fault.context_mark or mark
    place = Place(name, 1, 1) if mark is None else Place(name, mark.line + 1, mark.column + 1)
    return Problem(words.message, remedy=words.remedy, place=place)


def _words_of(fault: yaml.MarkedYAMLError, text: str) -> _Words:
    said = fault.problem or "this is no YAML"
    mark = fault.problem_mark
    if mark is not None and text[mark.index : mark.index + 1] == "\t":
        return _TAB
    return _WORDS.get(said) or _Words(" ".join(filter(None, (fault.context, said))), _QUOTE)
