"""The names that each component knows, by minor: what a rendered machine may say to it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from cloudgen.release import Since, Version

FACTS = Path(__file__).parent / "facts"


def known_flags(component: str, minor: str) -> frozenset[str]:
    """The flags that a component takes in a minor; etcd's in a series (`3.5`: its first patch) or a patch (`3.5.6`)."""
    version = _version(minor)
    return frozenset(name for name, row in _facts("flags")[component].items() if _has_flag(row, version))


def known_gates(minor: str) -> frozenset[str]:
    """The feature gates that a minor knows; any other name stops a component."""
    return frozenset(name for name, row in _facts("feature_gates").items() if _spans(row, _version(minor)))


def locked_gates(minor: str) -> dict[str, bool]:
    """The gates of a minor that can no longer be changed, and what they are locked to."""
    gates = _facts("feature_gates")
    return {name: lock for name in known_gates(minor) for lock in _locks(gates[name][2:], _version(minor))}


def known_kubelet_fields(minor: str) -> frozenset[str]:
    """The paths of a KubeletConfiguration's fields in a minor, such as `authentication.x509.clientCAFile`."""
    return frozenset(path for path, row in _facts("kubelet_config").items() if _spans(row, _version(minor)))


def _version(text: str) -> Version:
    return Version.parse(text if text.count(".") > 1 else f"{text}.0")


def _has_flag(row: list[Any], version: Version) -> bool:
    first_patch = row[2].get(version.series, "0.0") if len(row) > 2 else "0.0"
    return _spans(row, version) and _spans([first_patch, ""], version)


def _spans(row: list[Any], version: Version) -> bool:
    since, removed_in = row[:2]
    rows = {"0.0": False, since or "0.0": True} | ({removed_in: False} if removed_in else {})
    return Since(rows).at(version)


def _locks(rows: list[Any], version: Version) -> list[bool]:
    # `to` is the last minor of the stage: its own patches are still in it.
    return [
        locked
        for since, to, locked in rows
        if _spans([since, ""], version) and (not to or to == version.series or not _spans([to, ""], version))
    ]


@cache
def _facts(name: str) -> Any:
    return json.loads((FACTS / f"{name}.json").read_text(encoding="utf-8"))
