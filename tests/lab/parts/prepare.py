"""All that a lab without a network is made of: `python -m tests.lab.parts.prepare` makes it while there is one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from cloudgen.generate import build
from cloudgen.load import load
from cloudgen.pieces import Node
from cloudgen.source import parse
from tests.lab.parts.cache import folder
from tests.lab.parts.downloads import downloads
from tests.lab.parts.hardware import Hardware, hardware
from tests.lab.parts.images import images
from tests.lab.parts.programs import programs
from tests.lab.parts.rootfs import rootfs

SPEC: Final = Path(__file__).parents[1] / "cluster.yaml"


class Parts(NamedTuple):
    """What a lab needs beside the rendered machines."""

    rootfs: Path
    """A lower layer for the root file system of every machine."""
    images: list[Path]
    """docker-archives."""
    downloads: Mapping[str, Path]
    """What the mirror serves, by path."""
    programs: Mapping[str, Path]
    hardware: Hardware


def prepare(node: Node) -> Parts:
    """The parts for a rendered machine; all masters of a cluster need the same."""
    cache = folder()
    made = programs(cache)
    return Parts(rootfs(cache), images(cache, made, node), downloads(cache, made, node), made, hardware(cache))


def usual() -> Node:
    """A master of the lab's own spec."""
    spec = load(parse(SPEC.read_bytes(), SPEC.name))
    return build(spec, spec.masters[0].name)[0]


if __name__ == "__main__":
    prepare(usual())
    print(f"lab: all parts are in {folder()}")  # noqa: T201 - what a command is for
