"""What a component is: settings of the spec, and a generator of pieces."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, Final

from cloudgen.facts import Facts
from cloudgen.model import ExtraArgs
from cloudgen.pieces import Piece
from cloudgen.report import Problem

SEARCHED: Final = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
"""Folders that programs are searched in by units and by root's shells (systemd.exec(5), "Environment variables")."""
Flags = dict[str, str]
"""Flags by name, without dashes, in the order in which they are written."""


class Component(ABC):
    """One section of the spec. The field in `Spec` that holds it is its line in the table of components."""

    @abstractmethod
    def pieces(self, facts: Facts) -> Iterator[Piece | Problem]:
        """What this component puts on a machine."""


def arguments(flags: Mapping[str, str], extra: ExtraArgs) -> tuple[str, ...]:
    """Flags and the user's own as `--name=value`, in a stable order: ours first, replaced in place, then the user's."""
    merged: dict[str, tuple[str, ...]] = {name: (value,) for name, value in flags.items()}
    for name, values in extra.items():
        if values is None:
            merged.pop(name, None)
        else:
            merged[name] = values
    return tuple(f"--{name}={value}" for name, values in merged.items() for value in values)


def paths_in(data: Any, root: str) -> frozenset[str]:
    """Every path below `root` that the texts of a document name, be they whole values or flags such as `--x=/path`."""
    found, rest = set[str](), [data]
    while rest:
        value = rest.pop()
        if isinstance(value, str):
            path = value.rpartition("=")[2]
            if path.startswith(f"{root}/"):
                found.add(path)
        elif isinstance(value, dict):
            rest += value.values()
        elif isinstance(value, list | tuple):
            rest += value
    return frozenset(found)


def effective(flags: Mapping[str, str], extra: ExtraArgs, name: str) -> str:
    """The value that a flag has in the end; empty when it was taken away."""
    values = extra.get(name, (flags.get(name, ""),))
    return values[-1] if values else ""
