"""Structured text is data, dumped: the one deterministic dumper for YAML, JSON and TOML.

Keys keep the order in which they were built. Equal documents, of which the masters of a cluster share most, are dumped
once: see docs/decisions/0003-speed.md.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

import tomli_w
import yaml

Data = Mapping[str, "Data"] | Sequence["Data"] | str | int | float | bool | None
"""A tree of plain data, as JSON knows it."""

_REMEMBERED: Final = 512
_NEVER_FOLD: Final = 1 << 30


class _Dumper(yaml.CSafeDumper):
    """PyYAML's C dumper, with texts of several lines as literal blocks and no aliases."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the signature is PyYAML's
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def to_yaml(data: Data) -> str:
    """Block-style YAML, keys in their order, one document, ending in a newline."""
    return _yaml_of(json.dumps(data, ensure_ascii=False))


@lru_cache(maxsize=_REMEMBERED)
def _yaml_of(canonical: str) -> str:
    return dump_yaml(json.loads(canonical))


def dump_yaml(data: Data, *, ascii_only: bool = False) -> str:
    """As `to_yaml`, for a document that no other machine shares: nothing is remembered.

    With `ascii_only`, texts that hold other characters are quoted, and these escaped.
    """
    text: str = yaml.dump(
        data,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=not ascii_only,
        width=_NEVER_FOLD,
        default_flow_style=False,
    )
    return text


def to_json(data: Data) -> str:
    """Indented JSON, keys in their order, ending in a newline."""
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def to_toml(data: Mapping[str, object]) -> str:
    """TOML 1.0, keys in their order."""
    return tomli_w.dumps(data)
