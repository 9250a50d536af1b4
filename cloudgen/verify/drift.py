"""A machine's files against those that a spec makes: changed by hand, or by a spec that has moved on."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Final

from cloudgen.pieces import Directory, File, Node
from cloudgen.secrets import BOOTSTRAP_TOKEN, SecretRef
from cloudgen.verify.findings import Check, Finding
from cloudgen.verify.machine import Machine
from cloudgen.verify.seen import Kind, present

_GROUP: Final = "spec"
_REMEDY: Final = "re-create the master from this spec, or take the change back"


def rendered_paths(node: Node) -> frozenset[str]:
    """What of a lowered node must be seen."""
    return frozenset(piece.path for piece in _pieces(node))


def check_drift(machine: Machine, node: Node) -> Iterator[Finding]:
    """Each file and folder of a lowered node; of a secret that it is there. Exchanged tokens are gone by now."""
    pieces = _pieces(node)
    found = [finding for piece in pieces for finding in _drift(machine, piece)]
    yield from found or [Check(_GROUP).ok(f"{len(pieces)} files and folders are as it makes them")]


def _pieces(node: Node) -> tuple[File | Directory, ...]:
    return (*(file for file in node.of(File) if not _token(file)), *node.of(Directory))


def _token(file: File) -> bool:
    return isinstance(file.content, SecretRef) and file.content.kind == BOOTSTRAP_TOKEN


def _drift(machine: Machine, piece: File | Directory) -> Iterator[Finding]:
    check, seen = Check(_GROUP, piece.path), machine.seen(piece.path)
    if isinstance(piece, File):
        # An empty file may be meant to be one.
        fault = present(seen, check, _REMEDY) if seen.kind is not Kind.FILE else _content(check, piece, seen.data)
    else:
        fault = None if seen.kind is Kind.FOLDER else check.fail("is no folder", _REMEDY)
    if fault:
        yield fault
    elif seen.mode != piece.mode:
        yield check.fail(f"its mode is {seen.mode:04o}, not {piece.mode:04o}", f"chmod {piece.mode:04o} {piece.path}")


def _content(check: Check, file: File, data: bytes) -> Finding | None:
    """Where they part is told, not what stands there: it may be a secret."""
    content = file.content
    if isinstance(content, SecretRef):
        return None if data.strip() else check.fail("empty: it should hold a secret", _REMEDY)
    wanted = content if isinstance(content, bytes) else content.encode()
    if wanted == data:
        return None
    lines = zip_longest(wanted.splitlines(keepends=True), data.splitlines(keepends=True))
    first = next(number for number, (ours, theirs) in enumerate(lines, 1) if ours != theirs)
    return check.fail(f"is not what the spec makes of it, from line {first} on", _REMEDY)
