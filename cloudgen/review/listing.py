"""A node as a table: what is where, whose it is and how large."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from cloudgen.dump import Data
from cloudgen.pieces import (
    Command,
    Directory,
    Disk,
    File,
    Hostname,
    KernelModule,
    Node,
    Package,
    Piece,
    Sysctl,
    TrustedCA,
    Unit,
    User,
)
from cloudgen.secrets import SecretRef


@dataclass(frozen=True, slots=True)
class Row:
    """One piece. What has no path shows there what it is: a name, a user with all that they may, a disk, a command."""

    path: str
    mode: str
    owner: str
    size: int
    kind: str


def listing(node: Node) -> tuple[Row, ...]:
    """The rows of a node, in its order."""
    return tuple(_rows(node))


def as_json(node: Node) -> Data:
    """The same rows as plain data."""
    return [
        {"path": row.path, "mode": row.mode, "owner": row.owner, "size": row.size, "kind": row.kind}
        for row in listing(node)
    ]


def _rows(node: Node) -> Iterator[Row]:
    for piece in node.pieces:
        match piece:
            case File():
                kind = "secret" if isinstance(piece.content, SecretRef) else "file"
                yield Row(piece.path, f"{piece.mode:04o}", f"{piece.owner}:{piece.group}", size_of(piece.content), kind)
            case Directory():
                yield Row(piece.path, f"{piece.mode:04o}", f"{piece.owner}:{piece.group}", 0, "directory")
            case _:
                yield Row(_title(piece), "", "", 0, type(piece).__name__.lower())


def size_of(content: str | bytes | SecretRef) -> int:
    """Bytes of a file; a secret counts none."""
    if isinstance(content, SecretRef):
        # A placeholder's length says nothing about the secret.
        return 0
    return len(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))


def _title(piece: Piece) -> str:
    match piece:
        case File() | Directory():
            return piece.path
        case Unit() | KernelModule() | Hostname() | Package() | TrustedCA():
            return piece.name
        case User():
            rights = [*["sudo"] * piece.sudo, *(f"group {group}" for group in piece.groups), *piece.ssh_keys]
            return f"{piece.name} ({', '.join((piece.shell, *rights))})"
        case Sysctl():
            return piece.key
        case Disk():
            return f"{piece.mount} ({piece.filesystem} {piece.label} on {piece.device})"
        case Command():
            return " ".join(piece.argv)
    assert_never(piece)
