"""The neutral model: what a machine is made of, whatever format carries it there."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Self, TypeVar

from cloudgen.report import Path
from cloudgen.secrets import SecretRef

T = TypeVar("T")
_REMEMBERED: Final = 1024
"""Most paths are the same on all masters."""
LATER_BOOTS: Final = "it starts at the first boot, and at no later one"
INSTALL: Final = "add [Install] and WantedBy=multi-user.target, or write enabled: false where another unit starts it"
"""What is wrong with a unit that is enabled and says not by what, and what mends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """What all pieces share: `origin`, the place in the user's YAML that made it (never part of its identity)."""

    origin: Path = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class File(_Piece):
    """A whole file. Content is text, bytes that are no UTF-8 text, or a reference: then the secret is all of it."""

    path: str
    content: str | bytes | SecretRef
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"
    reads: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    """Paths that whoever uses this file will open; cross-checked against what the node and key-keeper write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory(_Piece):
    """A folder with a mode of its own. Parents of files need none: formats make them (0755)."""

    path: str
    mode: int = 0o755
    owner: str = "root"
    group: str = "root"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit(_Piece):
    """A systemd unit under /etc/systemd/system. Empty text means a unit that the system itself brings.

    An `enabled` one starts at the first boot, without anyone waiting for it; one `after_bootstrap` is enabled and
    started by the bootstrap script, once the binaries are there.
    """

    name: str
    text: str = ""
    enabled: bool = False
    after_bootstrap: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelModule(_Piece):
    """A kernel module that is loaded at every boot."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sysctl(_Piece):
    """A kernel parameter that is set at every boot."""

    key: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostname(_Piece):
    """The machine's host name: one literal, the same as the node's name in Kubernetes."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class User(_Piece):
    """A login user."""

    name: str
    ssh_keys: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    sudo: bool = False
    shell: str = "/bin/bash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk(_Piece):
    """A data disk: formatted only while it is blank, found by label ever after, mounted at `mount`."""

    device: str
    filesystem: str
    label: str
    mount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Package(_Piece):
    """A distribution package."""

    name: str
    assumed: bool = field(default=False, compare=False, repr=False)
    """Most images bring it: a format that installs nothing may hope for that. One that the user named is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedCA(_Piece):
    """A certificate authority (PEM text) that the whole system trusts."""

    name: str
    pem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(_Piece):
    """A command of the first boot, as argv; run in the order of `rank`, and the first failure ends the list."""

    argv: tuple[str, ...]
    rank: int


@lru_cache(maxsize=_REMEMBERED)
def folders_above(path: str) -> tuple[str, ...]:
    """The folders that an absolute path lies in, the nearest first, without the root folder."""
    folders = []
    while path := path.rpartition("/")[0]:
        folders.append(path)
    return tuple(folders)


Piece = File | Directory | Unit | KernelModule | Sysctl | Hostname | User | Disk | Package | TrustedCA | Command


@dataclass(frozen=True, slots=True)
class Node:
    """All pieces of one machine, each once, in an order that never changes: by kind, then by name."""

    machine: str
    pieces: tuple[Piece, ...] = ()
    lowered: bool = field(default=False, compare=False, repr=False)
    """It speaks only in the words that every format has (`assemble.lower`)."""

    def of(self, kind: type[T]) -> tuple[T, ...]:
        """The pieces of one kind, in order."""
        return tuple(p for p in self.pieces if type(p) is kind)

    def file(self, path: str) -> File | None:
        """The file at a path."""
        return next((f for f in self.of(File) if f.path == path), None)

    def with_pieces(self, pieces: tuple[Piece, ...]) -> Self:
        """The same machine made of other pieces."""
        return type(self)(self.machine, pieces)
