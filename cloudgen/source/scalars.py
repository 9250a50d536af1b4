"""Plain scalars: what `yes`, `0644` or `1.30` become, and which of them mean different things to different readers.

The rules are those of YAML 1.1 (as PyYAML has them) minus its traps: a text that YAML 1.1 and 1.2 read differently, or
that nobody expects to be a number, is no value but a `Trap`. Timestamps stay text.
"""

import re
from dataclasses import dataclass
from typing import Final

from cloudgen.source.tree import Scalar

TAG: Final = "tag:yaml.org,2002:"
"""What `!!` stands for."""


@dataclass(frozen=True, slots=True)
class Trap:
    """A scalar that would surprise its author: what YAML reads it as, and what to write instead."""

    message: str
    remedy: str


_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_TRAP_WORDS: Final[dict[str, bool]] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
}
_FIRSTS: Final = frozenset("0123456789+-.")
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"(?:[-+]?[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+][0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+")
_BASED = re.compile(r"[-+]?0(?:b[01_]+|x[0-9a-fA-F_]+|o[0-7_]+)")
_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_GROUPED = re.compile(
    r"[-+]?(?:[1-9][0-9_]*|[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?)|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?"
)
_WIDEST_INT: Final = 1 << 63
_MOST_DIGITS: Final = 20
_LONGEST_SHOWN: Final = 40


def resolve(raw: str) -> Scalar | Trap:
    """The value of a plain scalar."""
    if raw in _WORDS:
        return _WORDS[raw]
    if raw in _TRAP_WORDS:
        return _trap_word(raw)
    return _number(raw) if raw[0] in _FIRSTS else raw


def resolve_tagged(raw: str, kind: str) -> Scalar | Trap | None:
    """The value of a scalar with an explicit tag; a `Trap` for one that the tag does not fit."""
    value = raw if kind == "str" else resolve(raw)
    if kind == "float" and type(value) is int:
        return float(value)
    if isinstance(value, Trap) or type(value) is _TYPES[kind]:
        return value
    return Trap(f"the tag !!{kind} does not fit this value", "take the tag away")


_TYPES: Final = {"str": str, "int": int, "float": float, "bool": bool, "null": type(None)}

SCALAR_TAGS: Final = {f"{TAG}{kind}": kind for kind in _TYPES}
"""The tags that a scalar may have."""


def _trap_word(raw: str) -> Trap:
    word = "true" if _TRAP_WORDS[raw] else "false"
    return _read_as(raw, f"the boolean {word}", f", or write {word}")


def _number(raw: str) -> Scalar | Trap:
    if _INT.fullmatch(raw):
        return _int(raw)
    if _FLOAT.fullmatch(raw):
        value = float(raw)
        return value if abs(value) != float("inf") else _read_as(raw, "infinity")
    return _trap_number(raw) or raw


def _int(raw: str) -> int | Trap:
    if len(raw) > _MOST_DIGITS or not -_WIDEST_INT <= int(raw) < _WIDEST_INT:
        return _read_as(raw, "a number of more than 64 bits")
    return int(raw)


def _trap_number(raw: str) -> Trap | None:
    if _NOT_FINITE.fullmatch(raw):
        return _read_as(raw, "infinity or no number at all")
    if _LEADING_ZERO.fullmatch(raw):
        return _read_as(raw, _octal(raw))
    if _BASED.fullmatch(raw):
        return _read_as(raw, "a hexadecimal, octal or binary number", ", or write it in decimal")
    if _BASE_60.fullmatch(raw):
        return _read_as(raw, "a number to the base 60")
    if _GROUPED.fullmatch(raw):
        return _read_as(raw, "a number without its underscores", ", or write it without them")
    return None


def _read_as(raw: str, meaning: str, otherwise: str = "") -> Trap:
    if len(raw) > _LONGEST_SHOWN:
        return Trap(f"YAML reads it as {meaning}", "quote it")
    return Trap(f"YAML reads {raw} as {meaning}", f'quote it ("{raw}"){otherwise}')


def _octal(raw: str) -> str:
    digits = raw.replace("_", "")
    if len(digits) > _MOST_DIGITS or not set(digits) <= set("+-01234567"):
        return "a number or a text, depending on its version"
    return f"the octal number {int(digits, 8)}, or as {int(digits)}, depending on its version"
