"""Bytes to text: encoding, byte order marks, characters that YAML forbids, and what a line is."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from cloudgen.report import Place, Problem, Refused, Report

MOST_BYTES: Final = 1 << 20
"""The largest document: far above any real one, far below what would hurt."""

_MOST_TOLD: Final = 20
_UTF8_BOM: Final = b"\xef\xbb\xbf"
_UTF16_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_FORBIDDEN_ASCII = re.compile("[^\t\n\r\x20-\x7e]")
_FORBIDDEN: Final = (
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"  # slow to compile
)
_BOM: Final = "\ufeff"
_REMEDY: Final = "remove it, or write it as an escape in a double-quoted text"


def lines_of(text: str) -> list[str]:
    """The lines of a text as YAML 1.1 counts them."""
    return _BREAK.split(text)


def readable(data: bytes | str) -> str:
    """The text of any bytes, to show lines from; what is no UTF-8 becomes a replacement character."""
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
    return text.removeprefix(_BOM)


def text_of(data: bytes | str, name: str) -> str:
    """The text of a document, or every reason why it is none."""
    if isinstance(data, bytes):
        data = _decoded(data, name)
    text = data.removeprefix(_BOM)
    if len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise Refused(Report((_too_large(name),)))
    problems = tuple(islice(_forbidden(text, name), _MOST_TOLD))
    if problems:
        raise Refused(Report(problems))
    return text


def place_of(text: str, index: int, name: str) -> Place:
    """The line and column of a character."""
    before = lines_of(text[:index])
    return Place(name, len(before), len(before[-1]) + 1)


def _decoded(data: bytes, name: str) -> str:
    problem = _too_large(name) if len(data) > MOST_BYTES + len(_UTF8_BOM) else _utf16(data, name)
    if problem is None:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as fault:
            problem = _no_utf8(data, fault.start, name)
    raise Refused(Report((problem,)))


def _too_large(name: str) -> Problem:
    remedy = "move long texts into files of their own"
    return Problem(f"{name} is larger than {MOST_BYTES >> 10} KiB", remedy=remedy, place=Place(name, 1, 1))


def _utf16(data: bytes, name: str) -> Problem | None:
    if not data.startswith(_UTF16_BOMS) and b"\0\0" not in (data[0:3:2], data[1:4:2]):
        return None
    return Problem(f"{name} is saved as UTF-16 or UTF-32", remedy="save it as UTF-8", place=Place(name, 1, 1))


def _no_utf8(data: bytes, index: int, name: str) -> Problem:
    place = place_of(data[:index].decode("utf-8").removeprefix(_BOM), index, name)
    return Problem(f"the byte 0x{data[index]:02x} is no UTF-8", remedy="save the file as UTF-8", place=place)


def _forbidden(text: str, name: str) -> Iterator[Problem]:
    forbidden = _FORBIDDEN_ASCII if text.isascii() else re.compile(_FORBIDDEN)
    for match in forbidden.finditer(text):
        place = place_of(text, match.start(), name)
        yield Problem(f"{_kind(match[0])} cannot stand in a document", remedy=_REMEDY, place=place)


def _kind(char: str) -> str:
    code = f"U+{ord(char):04X}"
    if char == "\0":
        return f"the character NUL ({code})"
    if char == _BOM:
        return f"a byte order mark ({code})"
    if "\ud800" <= char <= "\udfff":
        return f"half of a surrogate pair ({code})"
    return f"the control character {code}"
