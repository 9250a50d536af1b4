"""Ignition: what Flatcar and Fedora CoreOS read, once, before the first boot has any other process.

"The machine specified or no machine at all" (Ignition docs, "Design rationale"): whatever fails here is a machine that
does not boot, so nothing is fetched, nothing is formatted, and `check` is strict. Ignition runs no commands and
installs no packages: commands become a script under a unit of its own, packages are told.
"""

import base64
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar, Final, Self

from cloudgen import gz, resources
from cloudgen.assemble import lower
from cloudgen.dump import Data, to_json
from cloudgen.encoders import _ignition_reader as reader
from cloudgen.encoders._contents import data_of
from cloudgen.encoders._ignition_checks import problems
from cloudgen.encoders._ignition_words import (
    COMMANDS,
    COMMANDS_HEAD,
    COMMANDS_UNIT,
    FORMATTED,
    FSTAB,
    HOSTNAME,
    SUDOERS,
    UNIT,
    USUAL_GROUPS,
    VERSIONS,
)
from cloudgen.encoders._words import MOUNT_OPTIONS, SUDO
from cloudgen.pieces import Command, Directory, Disk, File, Hostname, Node, Unit, User
from cloudgen.report import Problem
from cloudgen.secrets import SecretRef, Secrets

_REMEMBERED: Final = 512
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._~/:,=@;!*()?&+-]")
"""What a data URL does not hold as it is; and `$`, which some carriers substitute."""
_UNIT_TEXT: Final = re.compile(
    r"(?:(?:[#;][ -~]{0,2000})?\n)*"
    r"\[[A-Za-z-]+\]\n"
    r"(?:(?:[#;][ -~]{0,2000}|\[[A-Za-z-]+\]|[A-Za-z0-9-]{1,40}=[ -~]{0,2000}(?<!\\))?\n)*"
)
"""What every Ignition reads as a unit: its parser refuses longer lines (coreos/go-systemd, unit/deserialize.go,
SYSTEMD_LINE_MAX). All other texts are files of the same path, which it does not look into."""


@dataclass(frozen=True, slots=True)
class Ignition:
    """One config of one version of the specification; what is written is within 3.3.0 but for modes of 3.4.0."""

    name = "ignition"
    compresses = True
    usual_groups: ClassVar[frozenset[str]] = USUAL_GROUPS
    versions: ClassVar[tuple[str, ...]] = VERSIONS
    version: str = VERSIONS[0]

    def of_version(self, version: str) -> Self:
        """The same format in another version of its specification."""
        return replace(self, version=version)

    def encode(self, node: Node, secrets: Secrets, *, packed: bool = False) -> str:
        """The text of a node, lowered or not: JSON of ASCII characters alone, packed on one line."""
        lowered = lower(node)
        files = [_file(file, secrets, packed=packed) for file in _files(lowered)]
        document: dict[str, Data] = {"ignition": {"version": self.version}}
        document |= {key: part for key, part in _parts(lowered, files) if part}
        return to_json(document, ascii_only=True, lines=not packed)

    def decode(self, text: str) -> Node:
        """The node of a config, ours or foreign; keys that cloudgen never writes are passed over."""
        return lower(reader.node_of(reader.parse(text)))

    def recognises(self, text: str) -> bool:
        """Whether it is JSON that speaks of Ignition."""
        return reader.recognises(text)

    def check(self, node: Node) -> Iterator[Problem]:
        """What Ignition cannot say, or would not boot with."""
        return problems(lower(node), self.version)


def _parts(node: Node, files: Sequence[Data]) -> Iterator[tuple[str, Data]]:
    users = node.of(User)
    # cloud-init makes the groups that a user names, too.
    groups = {group for user in users for group in user.groups} - USUAL_GROUPS - {user.name for user in users}
    yield "passwd", _present(groups=[{"name": group} for group in sorted(groups)], users=[*map(_user, users)])
    directories: list[Data] = [_entry(directory) for directory in node.of(Directory)]
    disks = [_fstab(node.of(Disk))] if node.of(Disk) else []
    yield "storage", _present(directories=directories, files=[*files, *disks])
    yield "systemd", _present(units=[*_units(node)])


def _present(**parts: Data) -> Data:
    return {name: part for name, part in parts.items() if part}


def _user(user: User) -> Data:
    entry: dict[str, Data] = {"name": user.name, "shell": user.shell}
    if user.groups:
        entry["groups"] = list(user.groups)
    if user.ssh_keys:
        entry["sshAuthorizedKeys"] = list(user.ssh_keys)
    return entry


def _files(node: Node) -> Sequence[File]:
    """All that are no units, by their paths."""
    return sorted((*_made(node), *(f for f in node.of(File) if not _unit_of(f))), key=lambda file: file.path)


def _made(node: Node) -> Iterator[File]:
    """Files that say what other formats have keys for."""
    for hostname in node.of(Hostname):
        yield File(path=HOSTNAME, content=f"{hostname.name}\n")
    if admins := [user.name for user in node.of(User) if user.sudo]:
        yield File(path=SUDOERS, content="".join(f"{name} {SUDO}\n" for name in admins), mode=0o440)
    if commands := node.of(Command):
        lines = "".join(f"{shlex.join(command.argv)}\n" for command in commands)
        yield File(path=COMMANDS, content=f"{COMMANDS_HEAD}{lines}", mode=0o700)


def _units(node: Node) -> Iterator[Data]:
    """What is enabled, and the texts that have a place here; in the order of the units' names."""
    units: dict[str, dict[str, Any]] = {unit.name: {"enabled": True} for unit in node.of(Unit)}
    for file in node.of(File):
        if found := _unit_of(file):
            name, drop_in = found.groups()
            entry = units.setdefault(name, {})
            if drop_in:
                entry.setdefault("dropins", []).append({"name": drop_in, "contents": file.content})
            else:
                entry["contents"] = file.content
    if node.of(Command):
        text = resources.text("encoders/ignition.cloudgen-commands.service")
        units[COMMANDS_UNIT] = {"enabled": True, "contents": text}
    return ({"name": name, **units[name]} for name in sorted(units))


def _unit_of(file: File) -> re.Match[str] | None:
    """The names of a unit, and of a drop-in, where a file is one that the format can say in clear text."""
    found = UNIT.fullmatch(file.path)
    plain = file == File(path=file.path, content=file.content)
    return found if found and plain and _is_unit_text(file.content) else None


@lru_cache(maxsize=_REMEMBERED)
def _is_unit_text(content: str | bytes | SecretRef) -> bool:
    return isinstance(content, str) and _UNIT_TEXT.fullmatch(content) is not None


def _entry(piece: File | Directory) -> dict[str, Data]:
    entry: dict[str, Data] = {"path": piece.path, "mode": piece.mode}
    for key, name in (("user", piece.owner), ("group", piece.group)):
        if name != "root":
            entry[key] = {"name": name}
    return entry


def _file(file: File, secrets: Secrets, *, packed: bool) -> Data:
    # Images bring some of these paths; without `overwrite` that would be the end of the boot.
    entry = {**_entry(file), "overwrite": True}
    content = file.content
    if isinstance(content, SecretRef):
        return {**entry, "contents": _source(secrets.resolve(content), packed=packed)}
    return {**entry, "contents": _open_source(content, packed=packed)}


@lru_cache(maxsize=_REMEMBERED)
def _open_source(content: str | bytes, *, packed: bool) -> Mapping[str, Data]:
    """As `_source`, for what holds no secret: mostly the same on all masters, and made once."""
    return _source(content, packed=packed)


def _source(content: str | bytes, *, packed: bool) -> Mapping[str, Data]:
    """The shortest of three data URLs, the clearest of those that are equally short.

    In what will be packed, text is plain: base64 hides from the packing that it repeats itself.
    """
    data = data_of(content)
    plain = f"data:,{_UNSAFE.sub(lambda found: f'%{ord(found[0]):02X}', data.decode('latin-1'))}"
    if packed and isinstance(content, str):
        return {"source": plain}
    coded = f"data:;base64,{_base64(data)}"
    squeezed = coded if packed else f"data:;base64,{_base64(gz.squeeze(data))}"
    shortest = min(plain, coded, squeezed, key=len)
    return {"source": shortest, "compression": "gzip"} if shortest not in (plain, coded) else {"source": shortest}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _fstab(disks: tuple[Disk, ...]) -> Data:
    """A line for each disk, and nothing that formats: the bootstrap script does that, on a blank disk only.

    `storage.filesystems` would not wipe what it recognises, but takes a disk with an empty partition table, or with
    contradictory signatures, for a blank one (Ignition docs, "Operator notes", Filesystem reuse semantics). The line
    does no harm while the label is missing: `nofail` lets no boot wait for it (systemd.mount(5)).
    """
    lines = (
        f"{FORMATTED}{disk.device}\nLABEL={disk.label} {disk.mount} {disk.filesystem} {MOUNT_OPTIONS} 0 2\n"
        for disk in disks
    )
    return {"path": FSTAB, "append": [_source("".join(lines), packed=True)]}
