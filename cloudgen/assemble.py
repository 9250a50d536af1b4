"""Pieces become a node: each once, in one order, clashes told at both origins. And what every format can say of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar, assert_never, get_args

from cloudgen.paths import CONFIG, MODULES, SYSCTL, UNITS
from cloudgen.piece_checks import check
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
from cloudgen.report import Problem, Report, show_path

UNITS_FILE: Final = f"{CONFIG}/units"
"""Units that the bootstrap script enables and starts, one in a line."""
TRUST_FILE: Final = "/usr/local/share/ca-certificates/{name}.crt"
"""Where Debian's family looks for more authorities; other families hand `lower` a pattern of their own."""

_RANK_OF_KIND: Final[Mapping[type, int]] = {kind: rank for rank, kind in enumerate(get_args(Piece))}

Key = tuple[int, int, str, tuple[str, ...]]
P = TypeVar("P", KernelModule, Sysctl, Unit)


def assemble(machine: str, pieces: Iterable[Piece]) -> tuple[Node, Report]:
    """The node of a machine, and what is wrong with its pieces. Any order of the same pieces gives the same node."""
    node, _, report = assembled(machine, pieces)
    return node, report


def assembled(machine: str, pieces: Iterable[Piece], trust_file: str = TRUST_FILE) -> tuple[Node, Node, Report]:
    """As `assemble`, with the lowered node as well, which it needs anyway."""
    problems: list[Problem] = []
    node = Node(machine, _merged(map(_as_text, pieces), problems.append))
    lowered = _merged(_lowered(node, trust_file), problems.append)
    problems.extend(check(node.pieces, lowered))
    return node, _low(lowered), Report.of(problems)


def lower(node: Node, trust_file: str = TRUST_FILE) -> Node:
    """The node in the words that every format has: what `decode(encode(node, PLACEHOLDERS))` gives back.

    Left are files, directories, enabled units without text, the host name, users, disks, packages and commands, whose
    ranks are counted from 0. Units that the bootstrap script starts are their files, and a list of their names. The
    machine bears its host name, for no format carries another name. A lowered node stays as it is.
    """
    if node.lowered:
        return node
    return _low(_merged(_lowered(node, trust_file), lambda _: None))


def _low(pieces: tuple[Piece, ...]) -> Node:
    hostname = next((p.name for p in pieces if isinstance(p, Hostname)), "")
    # Commands are the last kind, so the ranks can be counted without sorting again.
    rest = tuple(p for p in pieces if not isinstance(p, Command))
    commands = (p for p in pieces if isinstance(p, Command))
    ranked = tuple(replace(command, rank=rank) for rank, command in enumerate(commands))
    return Node(hostname, rest + ranked, lowered=True)


def identity(piece: Piece) -> Key:
    """What two pieces share that speak of the same thing; its order is the order of a node."""
    kind = _RANK_OF_KIND[type(piece)]
    match piece:
        case File() | Directory():
            return kind, 0, piece.path, ()
        case Unit() | KernelModule() | User() | Package() | TrustedCA():
            return kind, 0, piece.name, ()
        case Sysctl():
            return kind, 0, piece.key, ()
        case Hostname():
            return kind, 0, "", ()
        case Disk():
            return kind, 0, piece.mount, ()
        case Command():
            return kind, piece.rank, "", piece.argv
    assert_never(piece)


def _merged(pieces: Iterable[Piece], tell: Callable[[Problem], None]) -> tuple[Piece, ...]:
    found: dict[Key, Piece] = {}
    for piece in pieces:
        key = identity(piece)
        first = found.setdefault(key, piece)
        if first != piece:
            if whole := _with_text(first, piece):
                found[key] = whole
            else:
                tell(_clash(first, piece))
        elif isinstance(first, File) and isinstance(piece, File) and first.reads != piece.reads:
            found[key] = replace(first, reads=first.reads | piece.reads)
    return tuple(found[key] for key in sorted(found))


def _with_text(first: Piece, second: Piece) -> Unit | None:
    """Of two units one that has the text, where the other only wants it started, as drop-ins of the user's do."""
    match first, second:
        case (Unit(text="") as other, Unit() as whole) | (Unit() as whole, Unit(text="") as other) if whole.text:
            started = all(unit.enabled or unit.after_bootstrap for unit in (whole, other))
            return whole if started else None
    return None


def _clash(first: Piece, second: Piece) -> Problem:
    what = f"{type(second).__name__.lower()} {identity(second)[2]}".rstrip()
    return Problem(
        f"the {what} is described twice, differently: by {show_path(first.origin)} and by {show_path(second.origin)}",
        second.origin,
        "keep one of the two, or make them equal",
    )


def _as_text(piece: Piece) -> Piece:
    """Bytes that are UTF-8 are text: nobody can tell them apart on the machine, so nobody may here."""
    if not isinstance(piece, File) or not isinstance(piece.content, bytes):
        return piece
    try:
        return replace(piece, content=piece.content.decode())
    except UnicodeDecodeError:
        return piece


def _lowered(node: Node, trust_file: str) -> Iterator[Piece]:
    yield from _listed(MODULES, node.of(KernelModule), lambda module: module.name)
    yield from _listed(SYSCTL, node.of(Sysctl), lambda sysctl: f"{sysctl.key}={sysctl.value}")
    yield from _listed(UNITS_FILE, [u for u in node.of(Unit) if u.after_bootstrap], lambda unit: unit.name)
    for piece in node.pieces:
        match piece:
            case Unit():
                yield from _unit(piece)
            case TrustedCA():
                yield File(path=trust_file.format(name=piece.name), content=piece.pem, origin=piece.origin)
            case KernelModule() | Sysctl():
                pass
            case File() | Directory() | Hostname() | User() | Disk() | Package() | Command():
                yield _as_text(piece)
            case _:
                assert_never(piece)


def _unit(unit: Unit) -> Iterator[Piece]:
    if unit.text:
        yield File(path=f"{UNITS}/{unit.name}", content=unit.text, origin=unit.origin)
    if unit.enabled:
        yield replace(unit, text="", after_bootstrap=False)


def _listed(path: str, pieces: Sequence[P], line: Callable[[P], str]) -> Iterator[File]:
    if pieces:
        yield File(path=path, content="".join(f"{line(p)}\n" for p in pieces), origin=pieces[0].origin)
