"""What a seed is, and what it says of its machine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cloudgen.dump import Data
from cloudgen.report import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """The machine that a seed is for."""

    name: str
    """Its host name."""
    identity: str
    """What cloud-init knows it by: the same for every seed of this machine, whatever else changes.

    cloud-init works through user-data once for each identity. With a new one it would do so again on a living master,
    over files that run: a changed seed in the drive and a reboot would be enough. A change reaches a master by
    re-creating it (its root disk then knows no identity at all), here as on every cloud.
    """
    format: str
    """The format of its user-data."""
    network: Mapping[str, Data] | None
    place: Path
    """Where the spec has `network`."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of seed; registered by one line in `seeds/__init__.py`."""

    documents: Callable[[Bearer, bytes], Mapping[str, bytes]]
    """Its files by their paths, with the user-data as it travels. Raises `Refused`."""
    path: str
    """What is written beside the user-data: an image, or a folder of the files."""
    hand_over: str
    """What is done with it; `{path}` and `{node}` stand for it and for the machine."""
    optional: tuple[str, ...] = ()
    """Paths in a folder that not every machine has there: one of an earlier run would be read with the new ones."""
    label: str = ""
    """The image's label, by which a machine finds it; a folder has none."""
