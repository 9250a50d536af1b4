"""Structured text is data, dumped: the one deterministic dumper for YAML, JSON and TOML.

The YAML is written here, and not by a library, because its bytes are what boots: a library's next release must not
change a machine's fingerprint, and it must be quick (docs/decisions/0003-speed.md). It is block style, as kubeadm
writes it, keys in the order in which they were built. A text is plain only where every reader of YAML 1.1 and 1.2 takes
it for a text; lines become a literal block where it gives them back exactly; all else is in double quotes.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import tomli_w

Data = Mapping[str, "Data"] | Sequence["Data"] | str | int | float | bool | None
"""A tree of plain data, as JSON knows it."""

_PLAIN: Final = re.compile(
    r"(?:[A-Za-z0-9_./~^+$(;<]|-(?![\s-]|$)|--(?=[A-Za-z]))"  # no indicator begins it
    r"(?:[A-Za-z0-9_./~^+$(;<=*,@!?&|>%)'-]|:(?=[^\s:])|[ ](?=[^\s#]))*"  # none of `: `, ` #`, brackets, quotes
)
_NO_TEXT: Final = re.compile(
    r"~|null|true|false|yes|no|on|off|y|n|=|<<|\.(?:inf|nan)"
    r"|[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-f_]+|\.inf)"
    r"|[-+]?(?:\.[0-9_]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:e[-+]?[0-9]+)?"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[t ].*)?",
    re.IGNORECASE,
)
"""Plain words that some reader takes for a null, a boolean, a number or a date."""
_PLAIN_BLOCK: Final = re.compile(r"(?![ \t\n])[\t\n -~]+")
_WIDE_BLOCK: Final = (
    r"(?![ \t\n])[\t\n -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]+"  # slow to compile
)
"""Texts that every reader gives back from a literal block as they were. Not so CR, NEL, LS, PS, BOM and control
characters; and a block that begins with white space needs an indentation hint, about which readers differ."""
_UNSAFE: Final = r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]"
_NOT_ASCII: Final = r"[^\x00-\x7e]"
"""What is escaped. Texts, not compiled ones: words are remembered by them too, and a pattern is slow to hash."""
_LINE_START: Final = re.compile(r"\n(?=[^\n])")
_NESTED: Final = (dict, list, tuple)
_LISTS: Final = (list, tuple)
_CONSTANTS: Final = {True: "true", False: "false", None: "null"}
_EMPTY: Final[Mapping[type, str]] = {dict: "{}", list: "[]", tuple: "[]"}
_SHORT: Final = 500
_REMEMBERED: Final = 8192
"""Short words, of which most are keys and come again and again."""
_LONGEST_KEY: Final = 1000
"""A key without `?` ends within 1024 characters (YAML 1.2.2, 8.2.2)."""


def to_yaml(data: Data, *, ascii_only: bool = False) -> str:
    """One YAML document, a mapping or a list, ending in a newline. Made of dicts, lists, tuples and scalars.

    With `ascii_only`, texts that hold other characters are in double quotes, with escapes.
    """
    escaped = _NOT_ASCII if ascii_only else _UNSAFE
    return "".join(_block(data, "", escaped)) or f"{json.dumps(data)}\n"


def exact(text: str) -> bool:
    """Whether a literal block gives this text back as it is, to every reader of YAML."""
    pattern = _PLAIN_BLOCK if text.isascii() else re.compile(_WIDE_BLOCK)
    return pattern.fullmatch(text) is not None


def _block(data: Data, indent: str, escaped: str) -> list[str]:
    """The lines of a value, each with its indentation and newline; a literal block counts as one line."""
    if isinstance(data, dict):
        return _mapping(data, indent, escaped)
    if isinstance(data, _LISTS):
        return _list(data, indent, escaped)
    return [f"{_scalar(data, indent, escaped)}\n"]


def _mapping(data: Mapping[str, Data], indent: str, escaped: str) -> list[str]:
    lines: list[str] = []
    for key, value in data.items():
        head = _key(key, indent, escaped)
        if type(value) is str and len(value) < _SHORT and "\n" not in value:  # most are, and a call more is dear
            lines.append(f"{head} {_word(value, escaped)}\n")
        elif value and isinstance(value, _NESTED):
            lines.append(f"{head}\n")
            lines += _block(value, f"{indent}  " if isinstance(value, dict) else indent, escaped)
        else:
            lines.append(f"{head} {_scalar(value, indent, escaped)}\n")
    return lines


def _list(data: Sequence[Data], indent: str, escaped: str) -> list[str]:
    lines: list[str] = []
    deeper = f"{indent}  "
    for value in data:
        if type(value) is str and len(value) < _SHORT and "\n" not in value:
            lines.append(f"{indent}- {_word(value, escaped)}\n")
        elif value and isinstance(value, _NESTED):
            below = _block(value, deeper, escaped)
            below[0] = f"{indent}- {below[0][len(deeper) :]}"
            lines += below
        else:
            lines.append(f"{indent}- {_scalar(value, indent, escaped)}\n")
    return lines


@lru_cache(maxsize=_REMEMBERED)
def _key(key: str, indent: str, escaped: str) -> str:
    word = _word(key, escaped)
    return f"{indent}{word}:" if len(word) < _LONGEST_KEY else f"{indent}? {word}\n{indent}:"


def _scalar(value: Any, indent: str, escaped: str) -> str:
    """A scalar as it stands behind its key or dash, which are indented by `indent`."""
    if isinstance(value, str):
        if len(value) < _SHORT and "\n" not in value:
            return _word(value, escaped)
        if "\n" in value and exact(value) and (value.isascii() or escaped != _NOT_ASCII):
            return _literal(value, f"{indent}  ")
        return _quoted(value, escaped)
    if isinstance(value, bool) or value is None:
        return _CONSTANTS[value]
    if isinstance(value, float):
        number = repr(value)
        return number if "." in number else number.replace("e", ".0e")
    return _EMPTY.get(type(value)) or str(value)


@lru_cache(maxsize=_REMEMBERED)
def _word(text: str, escaped: str) -> str:
    if _PLAIN.fullmatch(text) and not _NO_TEXT.fullmatch(text) and not text.startswith("---"):
        return text
    return _quoted(text, escaped)


def _literal(text: str, indent: str) -> str:
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    chomping = {0: "-", 1: ""}.get(ends, "+")
    indented = _LINE_START.sub("\n" + indent, body)
    return f"|{chomping}\n{indent}{indented}" + "\n" * max(ends - 1, 0)


def _quoted(text: str, escaped: str) -> str:
    """JSON's quotes are YAML's, but for characters beyond the first plane, which JSON would write as two halves."""
    return re.sub(escaped, _escape, json.dumps(text, ensure_ascii=False))


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - the end of the first plane


def to_json(data: Data, *, ascii_only: bool = False, lines: bool = True) -> str:
    """JSON, keys in their order, ending in a newline: indented, or on one line without a space."""
    form: dict[str, Any] = {"indent": 2} if lines else {"separators": (",", ":")}
    return json.dumps(data, ensure_ascii=ascii_only, **form) + "\n"


def to_toml(data: Mapping[str, object]) -> str:
    """TOML 1.0, keys in their order."""
    return tomli_w.dumps(data)
