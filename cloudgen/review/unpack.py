"""Any user-data back to the files that it makes: what boots can be read, however it was wrapped."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from cloudgen import gz
from cloudgen.assemble import identity, lower
from cloudgen.encoders import ENCODERS
from cloudgen.encoders._contents import FETCHED
from cloudgen.encoders.cloud_config import CloudConfig
from cloudgen.pieces import File, Node, Piece
from cloudgen.report import Problem, Refused, Report, info
from cloudgen.review.layer import SCRIPT, Inside, Opening, damaged
from cloudgen.review.listing import size_of
from cloudgen.review.opening import READABLE, Leaf, leaves

SCRIPTS: Final = "/var/lib/cloud/instance/scripts"
"""Where cloud-init puts scripts that come as parts of their own, and runs them from."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What user-data holds: the node, the format it came in, and the layers around it, the outermost first."""

    node: Node
    format: str
    layers: tuple[str, ...]
    report: Report = field(default_factory=Report)
    """Parts that were passed over, and wrappings that cloud-init would only just accept."""


def unpack(data: bytes) -> Unpacked:
    """The content of user-data in any nesting of layers. Raises `Refused`, naming the damaged one."""
    if len(data) > gz.LIMIT:
        raise damaged(f"this is no user-data: it has more than {gz.LIMIT:,} bytes", "choose another file")
    opening = Opening()
    found = [*leaves(Inside(data), opening)]
    formats = dict.fromkeys(leaf.format for leaf in found if leaf.format != SCRIPT)
    if not found or len(formats) > 1:
        why = f"holds several formats: {', '.join(formats)}" if found else "holds nothing that cloudgen can read"
        raise Refused(Report((*opening.told, Problem(f"the user-data {why}", remedy=READABLE))))
    made = next(iter(formats), SCRIPT)
    configs = [leaf for leaf in found if leaf.format == made]
    node = _with_scripts(_decoded(made, [leaf.text for leaf in configs]), found)
    return Unpacked(node, made, configs[0].layers, Report.of((*opening.told, *_fetched(node))))


def _fetched(node: Node) -> Iterator[Problem]:
    for file in node.of(File):
        if isinstance(file.content, str) and file.content.startswith(FETCHED):
            yield info(f"{file.path} is fetched on the machine only: the place it comes from stands for it")


def _decoded(format_: str, texts: Sequence[str]) -> Node:
    if format_ == SCRIPT:
        return Node("")
    encoder = ENCODERS[format_]
    if isinstance(encoder, CloudConfig):
        return encoder.decode_merged(texts)
    budget = gz.Budget()
    pieces: dict[object, Piece] = {}
    for text in texts:
        node = encoder.decode(text)
        budget.spend(sum(size_of(file.content) for file in node.of(File)))
        # Of several, the later one wins.
        pieces |= {identity(piece): piece for piece in node.pieces}
    return lower(Node("", tuple(pieces.values())))


def _with_scripts(node: Node, found: Sequence[Leaf]) -> Node:
    scripts = tuple(
        File(path=f"{SCRIPTS}/{leaf.name or f'part-{number:03d}'}", content=leaf.text, mode=0o700)
        for number, leaf in enumerate(found, start=1)
        if leaf.format == SCRIPT
    )
    return lower(node.with_pieces((*node.pieces, *scripts))) if scripts else node
