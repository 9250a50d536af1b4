"""Texts of a machine that may have been damaged, or written by others: read as far as they go, never trusted."""

import shlex
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

import yaml

_DEEPEST: Final = 64
_REMEMBERED: Final = 64
"""A machine is looked at in rounds, each over the same texts."""
# PyYAML's constructors raise nearly anything for a wrong tag, date or number.
_FAULTS: Final = (yaml.YAMLError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
_COLUMNS: Final = "\t"


@lru_cache(maxsize=_REMEMBERED)
def mapping(text: str) -> Mapping[str, Any] | None:
    """A YAML or JSON document that is a mapping; nothing for any other text.

    Not by `cloudgen.source`, which asks more of a spec than kubelet or kubectl ask of their files.
    """
    try:
        if _depth(text) > _DEEPEST:
            return None
        found = yaml.load(text, Loader=yaml.CSafeLoader)
    except _FAULTS:
        return None
    return found if isinstance(found, dict) else None


def _depth(text: str) -> int:
    """The composer behind a loader recurses, the parser does not."""
    depth = deepest = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        deepest = max(deepest, depth)
    return deepest


def child(data: Any, *keys: str) -> Any:
    """What lies below keys; nothing where one is missing."""
    for key in keys:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data


def children(data: Any, *keys: str) -> list[Mapping[str, Any]]:
    """The mappings in the list that lies below keys."""
    found = child(data, *keys)
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []


def texts(data: Any, *keys: str) -> tuple[str, ...]:
    """The texts in the list that lies below keys."""
    found = child(data, *keys)
    return tuple(item for item in found if isinstance(item, str)) if isinstance(found, list) else ()


def word(data: Any, *keys: str) -> str:
    """The text that lies below keys, or none."""
    found = child(data, *keys)
    return found if isinstance(found, str) else ""


def rows(text: str, columns: int) -> Iterator[tuple[str, ...]]:
    """The rows of one of cloudgen's tables (docs/machine.md); what has too few columns is passed over."""
    for line in text.splitlines():
        cells = line.split(_COLUMNS)
        if line.strip() and not line.startswith("#") and len(cells) >= columns:
            yield tuple(cells[:columns])


def flags(arguments: Iterator[str] | tuple[str, ...] | list[str]) -> dict[str, str]:
    """`--name=value` by name; of two equal flags the last one."""
    pairs = (argument.partition("=") for argument in arguments if argument.startswith("-"))
    return {name.lstrip("-"): value for name, _, value in pairs}


def split(text: str) -> list[str]:
    """A command line's words, as systemd and a shell split it."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()
