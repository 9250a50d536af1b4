"""YAML with comments, from rows: every value is dumped as data, only the comments are text of our own."""

from collections.abc import Iterator
from typing import NamedTuple

from cloudgen.dump import Data, to_yaml


class Row(NamedTuple):
    """A key with its value, which may be rows again."""

    key: str
    value: "Data | Rows"
    comment: str = ""
    """Behind the value."""
    above: str = ""
    """Lines before the key."""


class Rows(tuple[Row, ...]):
    """The rows of one mapping, in their order."""

    __slots__ = ()


def written(rows: Rows) -> str:
    """The document that these rows make."""
    return "".join(f"{line}\n" for row in rows for line in _lines(row, ""))


def _lines(row: Row, indent: str) -> Iterator[str]:
    for line in row.above.splitlines():
        yield f"{indent}# {line}".rstrip() if line else ""
    behind = f"  # {row.comment}" if row.comment else ""
    if isinstance(row.value, Rows):
        yield f"{indent}{row.key}:{behind}"
        for below in row.value:
            yield from _lines(below, f"{indent}  ")
        return
    first, *others = to_yaml({row.key: row.value}).splitlines()
    yield f"{indent}{first}{behind}"
    yield from (f"{indent}{line}" for line in others)
