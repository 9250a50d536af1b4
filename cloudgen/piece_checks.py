"""What no machine could take, whatever the format: paths, modes, secrets that others could read, two labels alike."""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Final, get_args

from cloudgen.pieces import Command, Directory, Disk, File, Piece, folders_above
from cloudgen.report import Problem, show_path
from cloudgen.secrets import SecretRef

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_REMEMBERED: Final = 2048
"""Most pieces are the same on all masters, and clean; of the others the problems are made anew, with their origins."""
_LARGEST_MODE: Final = 0o7777
_GROUP_AND_OTHERS: Final = 0o077
_FSTAB_WORD: Final = re.compile(r"[A-Za-z0-9/._:@+-]+")
_LONGEST_LABEL: Final = {"ext4": 16, "xfs": 12}
"""What mkfs.ext4(8) cuts a label to and mkfs.xfs(8) refuses beyond: either way it would not be found again."""


def check(pieces: Sequence[Piece], lowered: Sequence[Piece]) -> Iterator[Problem]:
    """Problems of a node's pieces, and of the files that they become."""
    for piece in pieces:
        if not _has_clean_texts(piece):
            yield from _check_texts(piece)
    for piece in lowered:
        if not _is_clean(piece):
            yield from _check_one(piece)
    yield from _check_tree([p for p in lowered if isinstance(p, File | Directory)])
    yield from _check_disks([p for p in lowered if isinstance(p, Disk)])


@lru_cache(maxsize=_REMEMBERED)
def _has_clean_texts(piece: Piece) -> bool:
    return not any(_check_texts(piece))


@lru_cache(maxsize=_REMEMBERED)
def _is_clean(piece: Piece) -> bool:
    return not any(_check_one(piece))


def _check_one(piece: Piece) -> Iterator[Problem]:
    match piece:
        case File():
            yield from _check_file(piece)
        case Directory():
            yield from _check_entry(piece)
        case Disk():
            yield from _check_path(piece.mount, piece)
        case Command(argv=()):
            yield Problem("a command has no words", piece.origin, "name a program, or leave the command out")
        case _:
            pass


def _check_texts(piece: Piece) -> Iterator[Problem]:
    for field in _TEXT_FIELDS[type(piece)]:
        value = getattr(piece, field)
        texts = value if isinstance(value, tuple) else (value,)
        for text in texts:
            if isinstance(text, str) and (not text.isascii() or "\0" in text):
                yield from _check_characters(piece, field, text)


_TEXT_FIELDS: Final = {
    kind: tuple(field.name for field in fields(kind) if field.name not in {"origin", "reads"})
    for kind in get_args(Piece)
}


def _check_characters(piece: Piece, field: str, text: str) -> Iterator[Problem]:
    what = f"the {field} of a {type(piece).__name__}"
    if field != "content" and "\0" in text:
        yield Problem(f"{what} holds a NUL character", piece.origin, "remove it")
    if _SURROGATE.search(text):
        yield Problem(f"{what} holds half a surrogate pair: it is no Unicode text", piece.origin, "remove it")


def _check_file(file: File) -> Iterator[Problem]:
    yield from _check_entry(file)
    content = file.content
    if isinstance(content, SecretRef) and file.mode & _GROUP_AND_OTHERS:
        yield Problem(
            f"{file.path} holds a secret, yet its mode {file.mode:04o} lets others use it",
            file.origin,
            'use "0600" or "0400"',
        )
    if isinstance(content, str) and SecretRef.from_placeholder(content):
        yield Problem(
            f"the text of {file.path} is the stand-in that cloudgen writes for a secret",
            file.origin,
            "name the secret with contentFrom instead",
        )


def _check_entry(entry: File | Directory) -> Iterator[Problem]:
    yield from _check_path(entry.path, entry)
    if not 0 <= entry.mode <= _LARGEST_MODE:
        yield Problem(f"the mode of {entry.path} is outside 0000 to 7777", entry.origin, 'quote it, such as "0644"')


def _check_path(path: str, piece: Piece) -> Iterator[Problem]:
    # posixpath.normpath keeps two leading slashes: POSIX lets a system give them a meaning of its own.
    normal = posixpath.normpath("/" + path.lstrip("/"))
    if not path.startswith("/"):
        yield Problem(f"the path {path!r} is not absolute", piece.origin, "start it with /")
    elif path != normal:
        yield Problem(f"the path {path!r} is not in its shortest form", piece.origin, f"write {normal!r}")
    elif path == "/" and not isinstance(piece, Directory):
        yield Problem("the path '/' is the root folder", piece.origin, "name a path below it")


def _check_tree(entries: Sequence[File | Directory]) -> Iterator[Problem]:
    files: Mapping[str, File] = {e.path: e for e in entries if isinstance(e, File)}
    for entry in entries:
        own = (entry.path,) if isinstance(entry, Directory) else ()
        for path in (*own, *folders_above(entry.path)):
            if path in files:
                yield Problem(
                    f"{path} is a file (by {show_path(files[path].origin)}), "
                    f"yet a folder is needed there for {entry.path} (by {show_path(entry.origin)})",
                    entry.origin,
                    "give one of them another path",
                )


def _check_disks(disks: Sequence[Disk]) -> Iterator[Problem]:
    for disk in disks:
        yield from _check_words(disk)
    for name in ("label", "device"):
        seen: dict[str, Disk] = {}
        for disk in disks:
            first = seen.setdefault(getattr(disk, name), disk)
            if first is not disk:
                yield Problem(
                    f"the disks at {first.mount} and {disk.mount} have the same {name}",
                    disk.origin,
                    f"each disk needs a {name} of its own",
                )


def _check_words(disk: Disk) -> Iterator[Problem]:
    for name in ("device", "filesystem", "label", "mount"):
        if not _FSTAB_WORD.fullmatch(getattr(disk, name)):
            remedy = "use letters, digits and / . _ : @ + - only"
            yield Problem(f"the {name} of the disk at {disk.mount} is no word for /etc/fstab", disk.origin, remedy)
    longest = _LONGEST_LABEL.get(disk.filesystem, len(disk.label))
    if len(disk.label) > longest:
        yield Problem(
            f"the label {disk.label} has {len(disk.label)} characters, {disk.filesystem} knows {longest}",
            disk.origin,
            "shorten it",
        )
