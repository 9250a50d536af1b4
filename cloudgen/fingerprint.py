"""The fingerprint of a node: changes when, and only when, the machine would. Secrets are not part of it."""

import hashlib
from dataclasses import fields
from functools import lru_cache

from cloudgen.pieces import Node, Piece

_REMEMBERED = 2048
_UNSEEN = frozenset({"origin", "reads"})


def fingerprint(node: Node) -> str:
    """SHA-256, in hexadecimal, over every piece; a secret counts by its reference alone."""
    digest = hashlib.sha256()
    for piece in node.pieces:
        digest.update(_of_piece(piece))
    return digest.hexdigest()


@lru_cache(maxsize=_REMEMBERED)
def _of_piece(piece: Piece) -> bytes:
    values = [(f.name, getattr(piece, f.name)) for f in fields(piece) if f.name not in _UNSEEN]
    return hashlib.sha256(f"{type(piece).__name__}{values!r}".encode()).digest()
