"""What more than one format would trip over."""

from collections.abc import Iterator

from cloudgen.paths import UNITS
from cloudgen.pieces import Directory, Disk, File, Node, Unit, User, folders_above
from cloudgen.report import Problem


def entries(node: Node) -> tuple[File | Directory, ...]:
    """All files and folders of a node."""
    return tuple(piece for piece in node.pieces if isinstance(piece, File | Directory))


def unknown_owners(node: Node) -> Iterator[tuple[File | Directory, str, str]]:
    """Files and folders whose user or group the node does not create: each with the word and the name."""
    users = node.of(User)
    names = {"root", *(user.name for user in users)}
    groups = names | {group for user in users for group in user.groups}
    for piece in entries(node):
        if piece.owner not in names:
            yield piece, "user", piece.owner
        if piece.group not in groups:
            yield piece, "group", piece.group


def without_install(node: Node) -> Iterator[Unit]:
    """Units of the node's own that are enabled, and do not say by what they shall be started."""
    texts = {file.path: file.content for file in node.of(File)}
    for unit in node.of(Unit):
        text = texts.get(f"{UNITS}/{unit.name}")
        if isinstance(text, str) and "[Install]" not in text:
            yield unit


def hidden_by_disks(node: Node) -> Iterator[Problem]:
    """Files and folders below a place where a disk is mounted later."""
    disks = node.of(Disk)
    for piece in entries(node):
        above = {*folders_above(piece.path)}
        for disk in disks:
            if disk.mount in above:
                yield Problem(
                    f"{piece.path} lies below {disk.mount}, where the disk {disk.label} is mounted later: "
                    "the disk would hide it",
                    piece.origin,
                    "put it outside of the mount, or let a unit that requires the mount create it",
                )
