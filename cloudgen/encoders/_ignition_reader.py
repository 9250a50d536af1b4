"""Reading Ignition configs, ours exactly and foreign ones as far as they go: of the specifications 3.x."""

import json
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from cloudgen import data_url, gz
from cloudgen.encoders import _contents
from cloudgen.encoders._contents import FETCHED, content_of
from cloudgen.encoders._ignition_words import (
    COMMANDS,
    COMMANDS_HEAD,
    COMMANDS_UNIT,
    FORMATTED,
    FSTAB,
    HOSTNAME,
    SUDOERS,
)
from cloudgen.encoders._words import SUDO
from cloudgen.paths import UNITS
from cloudgen.pieces import Command, Directory, Disk, File, Hostname, Node, Piece, Unit, User
from cloudgen.report import Problem, Refused, Report

_KNOWN: Final = re.compile(r"3\.[0-9]{1,3}\.[0-9]{1,3}(-experimental)?")
_WORDS: Final = re.compile(r"(?:'[^']*'|\"'\"|[^'\"\s])+|\n")
_QUOTES: Final = re.compile(r"'([^']*)'|\"(')\"")
_FILE_MODE: Final = 0o644
_FOLDER_MODE: Final = 0o755
_FSTAB_FIELDS: Final = 3
_DEFAULT_SHELL: Final = "/bin/bash"
_Tree = Mapping[str, Any]


def recognises(text: str) -> bool:
    """Whether this is JSON that speaks of Ignition."""
    return text.lstrip().startswith("{") and '"ignition"' in text


def parse(text: str) -> _Tree:
    """The mapping of one config. Raises `Refused`, which never quotes the text: it may hold secrets."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise _refused(f"the Ignition config is no valid JSON (line {error.lineno})") from None
    except (RecursionError, ValueError):
        raise _refused("the Ignition config is no valid JSON") from None
    version = _text(_map(_map(document).get("ignition")).get("version"))
    if not _KNOWN.fullmatch(version):
        raise _refused("this is no Ignition config of a specification 3.x", "give one whose ignition.version is 3.x.y")
    return _map(document)


def node_of(document: _Tree) -> Node:
    """The node of a parsed config."""
    passwd, storage, systemd = (_map(document.get(key)) for key in ("passwd", "storage", "systemd"))
    files = {file.path: file for file in _files(storage)}
    hostname, sudoers, commands = (files.pop(path, None) for path in (HOSTNAME, SUDOERS, COMMANDS))
    fstab = files.pop(FSTAB, None)
    return _contents.node_of(
        chain(
            (Hostname(name=_content(hostname).strip()),) if hostname else (),
            _users(passwd, _content(sudoers)),
            _disks(storage, fstab),
            _commands(_content(commands)),
            files.values(),
            _directories(storage),
            _units(systemd),
        )
    )


def _users(passwd: _Tree, sudoers: str) -> Iterator[User]:
    lines = frozenset(sudoers.splitlines())
    for entry in _maps(passwd.get("users")):
        name = _text(entry.get("name"))
        if name:
            yield User(
                name=name,
                ssh_keys=_texts(entry.get("sshAuthorizedKeys")),
                groups=_texts(entry.get("groups")),
                sudo=f"{name} {SUDO}" in lines,
                shell=_text(entry.get("shell")) or _DEFAULT_SHELL,
            )


def _files(storage: _Tree) -> Iterator[File]:
    budget = gz.Budget()
    for entry in _maps(storage.get("files")):
        path = _path(entry)
        resources = [entry.get("contents"), *_maps(entry.get("append"))]
        data = b"".join(_data(_map(resource), path, budget) for resource in resources)
        yield File(path=path, content=content_of(data), mode=_mode(entry, _FILE_MODE), **_owners(entry))


def _directories(storage: _Tree) -> Iterator[Directory]:
    for entry in _maps(storage.get("directories")):
        yield Directory(path=_path(entry), mode=_mode(entry, _FOLDER_MODE), **_owners(entry))


def _units(systemd: _Tree) -> Iterator[Piece]:
    for entry in _maps(systemd.get("units")):
        name = _text(entry.get("name"))
        if name == COMMANDS_UNIT or not name:
            continue
        if contents := _text(entry.get("contents")):
            yield File(path=f"{UNITS}/{name}", content=contents)
        for drop_in in _maps(entry.get("dropins")):
            path = f"{UNITS}/{name}.d/{_text(drop_in.get('name'))}"
            yield File(path=path, content=_text(drop_in.get("contents")))
        if entry.get("enabled") is True:
            yield Unit(name=name, enabled=True)


def _disks(storage: _Tree, fstab: File | None) -> Iterator[Disk]:
    """Disks of fstab's lines, and filesystems that have a label and a place."""
    device = ""
    for line in _content(fstab).splitlines():
        if line.startswith(FORMATTED):
            device = line.removeprefix(FORMATTED)
        elif len(fields := line.split()) >= _FSTAB_FIELDS and fields[0].startswith("LABEL="):
            label = fields[0].removeprefix("LABEL=")
            device = device or f"/dev/disk/by-label/{label}"
            yield Disk(device=device, filesystem=fields[2], label=label, mount=fields[1])
            device = ""
    for entry in _maps(storage.get("filesystems")):
        device, label, mount, form = (_text(entry.get(key)) for key in ("device", "label", "path", "format"))
        if device and label and mount:
            yield Disk(device=device, filesystem=form, label=label, mount=mount)


def _commands(script: str) -> Iterator[Command]:
    """The commands of our script: words as `shlex.quote` writes them; line breaks outside of quotes end a command."""
    argv: list[str] = []
    rank = 0
    for match in _WORDS.finditer(script.removeprefix(COMMANDS_HEAD)):
        if match[0] != "\n":
            argv.append(_QUOTES.sub(lambda quoted: quoted[1] or quoted[2] or "", match[0]))
        elif argv:
            yield Command(argv=tuple(argv), rank=rank)
            argv, rank = [], rank + 1


def _data(resource: _Tree, path: str, budget: gz.Budget) -> bytes:
    """What a source holds; of one that lies elsewhere, where that is."""
    source = _text(resource.get("source"))
    if not source.startswith(data_url.SCHEME):
        checksum = _text(_map(resource.get("verification")).get("hash"))
        return f"{FETCHED}{source} {checksum}".rstrip().encode("utf-8", "replace") if source else b""
    data = data_url.data_of(source, f"file {path}")
    return budget.inflate(data, f"file {path}") if resource.get("compression") == "gzip" else data


def _path(entry: _Tree) -> str:
    return posixpath.normpath("/" + _text(entry.get("path")).lstrip("/"))


def _mode(entry: _Tree, default: int) -> int:
    mode = entry.get("mode")
    return mode & 0o7777 if isinstance(mode, int) else default


def _owners(entry: _Tree) -> dict[str, Any]:
    """Names, or numbers where no name is given; 0 is root."""
    owners = {}
    for key, name in (("user", "owner"), ("group", "group")):
        who = _map(entry.get(key))
        owners[name] = _text(who.get("name")) or str(who.get("id") or "root")
    return owners


def _content(file: File | None) -> str:
    return file.content if file and isinstance(file.content, str) else ""


def _map(value: Any) -> _Tree:
    return value if isinstance(value, dict) else {}


def _maps(value: Any) -> Sequence[_Tree]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _refused(message: str, remedy: str = "copy it again, byte for byte, or repair it where it was made") -> Refused:
    return Refused(Report((Problem(message, remedy=remedy),)))
