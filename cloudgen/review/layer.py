"""What a layer is: something that user-data is wrapped in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from cloudgen import gz
from cloudgen.report import Problem, Refused, Report

COPY: Final = "copy it again, byte for byte; editors, terminals and string conversions damage packed data"
SCRIPT: Final = "shellscript"
"""The format of user-data that is nothing but scripts."""
_MOST_PARTS: Final = 1000


@dataclass(frozen=True, slots=True)
class Inside:
    """Something that a layer holds."""

    data: bytes
    name: str = ""
    """Its file's name, as the layer tells it; any text whatever."""
    format: str = ""
    """Its format, where the layer tells it: then its first bytes need not."""


@dataclass(slots=True)
class Opening:
    """One run: what may still come out of layers, and what there is to say."""

    told: list[Problem] = field(default_factory=list)
    budget: gz.Budget = field(default_factory=gz.Budget)
    parts: int = _MOST_PARTS

    def count(self) -> None:
        """One more part. Raises `Refused` when there are too many."""
        self.parts -= 1
        if self.parts < 0:
            raise too_many_parts()


@dataclass(frozen=True, slots=True)
class Layer:
    """One kind of layer; registered by one line in `layers/__init__.py`."""

    name: str
    recognises: Callable[[bytes], bool]
    opened: Callable[[bytes, Opening], Iterable[Inside]]
    """What it holds. Raises `Refused` for damage."""


def too_many_parts() -> Refused:
    """The exception for more parts than any user-data has."""
    return damaged(f"the user-data has more than {_MOST_PARTS} parts", "nothing that boots has; do not unpack it")


def damaged(message: str, remedy: str = COPY) -> Refused:
    """The exception of one problem."""
    return Refused(Report((Problem(message, remedy=remedy),)))
