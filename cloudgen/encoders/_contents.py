"""Contents of files and the number of pieces, as readers of formats give them to a node."""

from collections.abc import Iterable
from typing import Final

from cloudgen.pieces import Command, Node, Piece, User
from cloudgen.report import Problem, Refused, Report
from cloudgen.secrets import SecretRef

FETCHED: Final = "cloudgen: fetched from "
"""Begins the content of a file that a machine would fetch: where it lies, and its checksum."""
MOST: Final = 100_000
"""Values of a document, and pieces that it makes: a hundred times what a machine has, and read in seconds."""


def content_of(data: bytes) -> str | bytes | SecretRef:
    """What a file's bytes are: text where they can be, a reference where they stand for one."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return data
    return SecretRef.from_placeholder(text) or text


def data_of(content: str | bytes) -> bytes:
    """The bytes of a content; "surrogatepass" so that no exception ever quotes what may be a secret."""
    return content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")


def node_of(pieces: Iterable[Piece]) -> Node:
    """The node of a document. Raises `Refused` for more pieces than any has."""
    made, left = [], MOST
    for piece in pieces:
        # Aliases of YAML give many pieces the same thousand words.
        left -= 1 + _words(piece)
        if left < 0:
            raise too_many()
        made.append(piece)
    return Node("", tuple(made))


def _words(piece: Piece) -> int:
    match piece:
        case Command():
            return len(piece.argv)
        case User():
            return len(piece.ssh_keys) + len(piece.groups)
        case _:
            return 0


def too_many() -> Refused:
    """The exception for a document that would take minutes to read, however small it was when it was packed."""
    message = f"the document holds more than {MOST:,} values"
    return Refused(Report((Problem(message, remedy="nothing that boots does; do not unpack it"),)))
