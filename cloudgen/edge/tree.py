"""Writing the files of a node below a folder, as a review copy: nothing outside of it, nothing that others can read."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cloudgen.edge.reading import cannot, refused
from cloudgen.pieces import Directory, File, Node
from cloudgen.report import Problem, Refused, Report
from cloudgen.secrets import SecretRef

_ANY_EXECUTE: Final = 0o111


def write_tree(node: Node, folder: Path, *, force: bool = False) -> None:
    """The files and folders of a node below `folder`: 0600, what is executable 0700. Raises `Refused`.

    Unless forced, the folder must be empty or new.
    """
    pieces: list[Directory | File] = [*node.of(Directory), *node.of(File)]
    told = tuple(_astray(pieces))
    if told:
        raise Refused(Report(told))
    try:
        if not force and folder.exists() and any(folder.iterdir()):
            raise refused(f"{folder} is not empty", "choose another folder, or write over its files with --force")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        root = folder.resolve()
        for piece in pieces:
            _write(piece, root)
    except (OSError, ValueError) as fault:
        raise cannot("write", getattr(fault, "filename", None) or folder, fault) from None


def _astray(pieces: list[Directory | File]) -> Iterator[Problem]:
    for piece in pieces:
        if not piece.path.startswith("/") or ".." in piece.path.split("/") or "\0" in piece.path:
            yield Problem(
                f"the path {piece.path!r} would lead outside of the folder", remedy="do not boot this user-data"
            )


def _write(piece: Directory | File, root: Path) -> None:
    path = root / piece.path.lstrip("/")
    place = path if isinstance(piece, Directory) else path.parent
    # Links may lie in a folder that is written over.
    if not place.resolve().is_relative_to(root):
        raise refused(f"{path} leads outside of {root} through a link", "choose an empty folder")
    _folders(place, root)
    if isinstance(piece, File):
        mode = 0o700 if piece.mode & _ANY_EXECUTE else 0o600
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags, mode), "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(_content(piece))


def _folders(folder: Path, root: Path) -> None:
    """The modes of folders are those of the machine's users; here they are the reader's own."""
    for parent in (*reversed(folder.relative_to(root).parents), folder.relative_to(root)):
        (root / parent).mkdir(mode=0o700, exist_ok=True)


def _content(file: File) -> bytes:
    content = file.content.placeholder() if isinstance(file.content, SecretRef) else file.content
    return content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
