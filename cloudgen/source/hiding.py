"""What looks like a secret in a line of a document: a spec should hold none, and a print must show none."""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Final

_NAME: Final = r"[\w.-]*(?:token|password|passwd|passphrase|secret|secret[-_]?id|private[-_]?key)s?"
_SECRET_NAME = re.compile(_NAME, re.IGNORECASE)
_SECRET_ENTRY = re.compile(rf"""(?<![\w.-])["']?{_NAME}["']?[ \t]*:(?=\s|$)[ \t]*(?P<value>.*)""", re.IGNORECASE)
_TOKEN = re.compile(r"(?<![\w.-])(?:hv[sbr]\.[\w-]+|[sbr]\.\w{8,}(?![\w.-]))")
_OPENS_BLOCK = re.compile(r"(?:[&!]\S*(?:\s+|$))*(?:[|>][-+0-9]*)?\s*(?:#.*)?")
_OPENS_QUOTE = re.compile(r"""(?:[&!]\S*(?:\s+|$))*(["'])(?:(?!\1).)*""")


def is_secret_name(name: str) -> bool:
    """Whether what stands behind such a key is probably secret."""
    return _SECRET_NAME.fullmatch(name) is not None


def hidden_spans(lines: list[str], index: int) -> list[tuple[int, int]]:
    """The parts of one line, as start and end columns from 0, that look secret."""
    line = lines[index]
    if _below_secret(lines, index):
        return [(_indent(line), len(line))]
    entry = _SECRET_ENTRY.search(line)
    spans = [match.span() for match in _TOKEN.finditer(line)]
    if entry is None or _OPENS_BLOCK.fullmatch(entry["value"]):
        return spans
    return [*(span for span in spans if span[1] <= entry.start("value")), entry.span("value")]


def without_tokens(text: str) -> str:
    """A sentence without the Vault tokens that it may quote."""
    return _TOKEN.sub("********", text)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _below_secret(lines: list[str], index: int) -> bool:
    """Whether a line continues the value of a secret key that began above it."""
    limit = _depth(lines[index])
    for above in range(index - 1, -1, -1):
        line = lines[above]
        if not line.strip() or _indent(line) > limit:
            continue
        entry = _SECRET_ENTRY.search(line)
        if entry is not None and (
            entry.start() < limit or _still_open(entry["value"], islice(lines, above + 1, index))
        ):
            return True
        limit = min(limit, _depth(line))
    return False


def _still_open(value: str, between: Iterable[str]) -> bool:
    """Whether a quote that a value opens is closed neither on its line nor on those that follow."""
    quote = _OPENS_QUOTE.fullmatch(value)
    return quote is not None and not any(quote[1] in line for line in between)


def _depth(line: str) -> int:
    """How far in a line stands; a list item counts as deeper than a key above its dash."""
    return _indent(line) + line.lstrip(" ").startswith("- ") if line.strip() else -1
