"""What Ignition cannot say, and what a machine would not boot with."""

from collections.abc import Iterator
from typing import Final

from cloudgen.encoders._checks import entries, hidden_by_disks, unknown_owners, without_install
from cloudgen.encoders._ignition_words import OWN
from cloudgen.pieces import Directory, File, Node, Package, folders_above
from cloudgen.report import Problem, warning

_SPECIAL: Final = 0o7000
_NO_SPECIAL: Final = "3.3.0"
"""Modes with setuid, setgid or sticky bits came with 3.4.0 (Ignition docs, "Upgrading configs")."""
_VOLATILE: Final = frozenset({"/dev", "/proc", "/run", "/sys", "/tmp", "/var/run"})  # noqa: S108 - none is written to
"""Mounted over, or not there yet, when Ignition writes (Ignition docs, "Operator notes")."""


def problems(node: Node, version: str) -> Iterator[Problem]:
    """Everything about a lowered node, at the places that made it."""
    yield from _check_packages(node)
    for piece in entries(node):
        yield from _check_entry(piece, version)
    yield from _check_units(node)
    yield from _check_owners(node)
    yield from hidden_by_disks(node)


def _check_entry(piece: File | Directory, version: str) -> Iterator[Problem]:
    if piece.path in OWN:
        message = f"{piece.path} is a file that cloudgen makes of other parts of the spec under Ignition"
        yield Problem(message, piece.origin, "take those: host.users, commands, etcd.disk; or another path")
    if _VOLATILE & {piece.path, *folders_above(piece.path)}:
        message = f"{piece.path} is not there yet when Ignition writes: it would be lost"
        yield Problem(message, piece.origin, "choose a path outside of /run and /tmp, or let tmpfiles.d make it")
    if version == _NO_SPECIAL and piece.mode & _SPECIAL:
        message = f"the mode {piece.mode:04o} of {piece.path} cannot be said in Ignition {version}"
        yield Problem(message, piece.origin, "write formatVersion: 3.4.0, or a mode without special bits")


def _check_packages(node: Node) -> Iterator[Problem]:
    packages = node.of(Package)
    for package in packages:
        if not package.assumed:
            yield Problem(
                f"{package.name} would not be there: Ignition installs no packages",
                package.origin,
                "take it away, and choose an image that brings it, or download a binary with binaries.extra",
            )
    if assumed := [package for package in packages if package.assumed]:
        names = ", ".join(package.name for package in assumed)
        yield warning(
            f"the image must bring {names}: Ignition installs no packages",
            ("format",),
            "when it does, say so with host: {defaultPackages: false}",
        )


def _check_units(node: Node) -> Iterator[Problem]:
    for unit in without_install(node):
        yield Problem(
            f"{unit.name} has no [Install] section: Ignition enables it, and nothing would ever start it",
            unit.origin,
            "add [Install] and WantedBy=multi-user.target",
        )


def _check_owners(node: Node) -> Iterator[Problem]:
    for piece, kind, name in unknown_owners(node):
        yield warning(
            f"{piece.path} belongs to the {kind} {name}, which this machine does not create; "
            "where the image does not bring it, the machine would not boot",
            piece.origin,
            f"add the {kind} under host.users, or let root own it",
        )
