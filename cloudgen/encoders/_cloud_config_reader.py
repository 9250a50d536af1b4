"""Reading cloud-configs, ours exactly and foreign ones as far as they go: as cloud-init would understand them."""

import base64
import binascii
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import chain, islice
from typing import Final

import yaml

from cloudgen import gz
from cloudgen.encoders import _contents
from cloudgen.encoders._cloud_config_words import COMMANDS, DISK_ALIAS, FIRST_LINE, STOP_AT_FAILURE
from cloudgen.encoders._contents import content_of
from cloudgen.pieces import Command, Directory, Disk, File, Hostname, Node, Package, Piece, Unit, User
from cloudgen.report import Problem, Refused, Report

_DEFAULT_MODE: Final = 0o644
_DEFAULT_SHELL: Final = "/bin/sh"
_MOUNT_FIELDS: Final = 3
_LONGEST_NUMBER: Final = 64
_B64: Final = frozenset({"b64", "base64"})
_GZ: Final = frozenset({"gz", "gzip"})
_GZ_B64: Final = frozenset({"gz+b64", "gzip+b64", "gz+base64", "gzip+base64"})
# PyYAML's constructors raise nearly anything for a wrong tag, date or number.
_YAML_FAULTS: Final = (
    yaml.YAMLError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


class _Loader(yaml.CSafeLoader):
    """As the one of PyYAML, but that few merge keys (`<<`) do not become millions of values."""

    _left = _contents.MOST

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        super().flatten_mapping(node)
        self._left -= len(node.value)
        if self._left < 0:
            raise _contents.too_many()


def recognises(text: str) -> bool:
    """Whether the first line names this format; `#cloud-config-archive` names another."""
    return text.startswith(FIRST_LINE) and not text.startswith(FIRST_LINE + "-")


def parse(text: str) -> Mapping[object, object]:
    """The mapping of one document. Raises `Refused`, which never quotes the text: it may hold secrets."""
    if not recognises(text):
        raise _refused(f"this is no cloud-config: its first line is not {FIRST_LINE}")
    document = loaded(text)
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise _refused("the cloud-config is not a mapping of keys to values")
    return document


def loaded(text: str) -> object:
    """What its YAML is. Raises `Refused`."""
    try:
        # An event takes no room; a value takes a hundred times that of its text.
        if any(islice(yaml.parse(text, Loader=yaml.CSafeLoader), _contents.MOST, None)):
            raise _contents.too_many()
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - it is a safe one
    except _YAML_FAULTS as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = f" (line {line + 1})" if isinstance(line, int) else ""
        raise _refused(f"the cloud-config is no valid YAML{where}") from None


def node_of(document: Mapping[object, object]) -> Node:
    """The node of a parsed cloud-config."""
    name = document.get("hostname") or document.get("fqdn")
    return _contents.node_of(
        chain(
            (Hostname(name=name),) if isinstance(name, str) and name else (),
            _users(_list(document.get("users"))),
            _packages(_list(document.get("packages"))),
            _disks(_list(document.get("mounts")), document.get("device_aliases")),
            _files(_list(document.get("write_files"))),
            _runcmd(_list(document.get("runcmd"))),
        )
    )


def _users(entries: Sequence[object]) -> Iterator[User]:
    for entry in entries:
        if isinstance(entry, str) and entry != "default":
            yield User(name=entry)
        elif isinstance(entry, dict) and isinstance(entry.get("name"), str):
            sudo = entry.get("sudo")
            yield User(
                name=entry["name"],
                ssh_keys=_words(entry.get("ssh_authorized_keys")),
                groups=_words(entry.get("groups"), ","),
                sudo=bool(sudo) and _text(sudo).lower() != "false",
                shell=_text(entry.get("shell")) or _DEFAULT_SHELL,
            )


def _packages(entries: Sequence[object]) -> Iterator[Package]:
    for entry in entries:
        match entry:
            case str():
                yield Package(name=entry)
            case [str(), *_]:
                yield Package(name="=".join(map(_text, entry)))
            case dict():
                for value in entry.values():
                    yield from _packages([e for e in _list(value) if not isinstance(e, dict)])
            case _:
                pass


def _disks(mounts: Sequence[object], aliases: object) -> Iterator[Disk]:
    devices = aliases if isinstance(aliases, dict) else {}
    for entry in mounts:
        if not isinstance(entry, list) or len(entry) < _MOUNT_FIELDS:
            continue
        spec, mount, filesystem = map(_text, entry[:_MOUNT_FIELDS])
        label = spec.removeprefix("LABEL=")
        if label != spec:
            device = _text(devices.get(DISK_ALIAS + label)) or f"/dev/disk/by-label/{label}"
            yield Disk(device=device, filesystem=filesystem, label=label, mount=mount)


def _files(entries: Sequence[object]) -> Iterator[File]:
    budget = gz.Budget()
    written: dict[str, tuple[Mapping[object, object], list[bytes]]] = {}
    read = [entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("path"), str)]
    for entry in sorted(read, key=lambda e: bool(e.get("defer"))):
        path = posixpath.normpath("/" + str(entry["path"]).lstrip("/"))
        before = written[path][1] if entry.get("append") is True and path in written else []
        before.append(_data(entry, path, budget))
        written[path] = entry, before
    yield from (_file(path, entry, b"".join(chunks)) for path, (entry, chunks) in written.items())


def _file(path: str, entry: Mapping[object, object], data: bytes) -> File:
    owner, _, group = (_text(entry.get("owner")) or "root:root").partition(":")
    mode = _mode(entry.get("permissions"))
    return File(path=path, content=content_of(data), mode=mode, owner=owner, group=group or "root")


def _data(entry: Mapping[object, object], path: str, budget: gz.Budget) -> bytes:
    content, encoding = entry.get("content", ""), _text(entry.get("encoding")).lower().strip()
    data = content if isinstance(content, bytes) else _text(content).encode("utf-8", "replace")
    # Aliases of YAML make much out of little, too.
    budget.spend(len(data), f"file {path}")
    if encoding in _B64 | _GZ_B64:
        try:
            data = base64.b64decode(data)
        except binascii.Error:
            raise _refused(f"the base64 layer of the file {path} is damaged") from None
    if encoding in _GZ | _GZ_B64:
        return budget.inflate(data, f"file {path}")
    return data


def _mode(permissions: object) -> int:
    """Text is octal, a number is taken as it is, anything else is the default: so does cloud-init."""
    try:
        mode = int(permissions) if isinstance(permissions, int | float) else int(_text(permissions), 8)
    except (ArithmeticError, ValueError):
        return _DEFAULT_MODE
    return mode & 0o7777


def _runcmd(lines: Sequence[object]) -> Iterator[Piece]:
    """Directories and units stand between our first line and the mark; everything else is a command."""
    head: Sequence[object] = ()
    commands = [line for line in lines if line is not None]
    if commands[:1] == [STOP_AT_FAILURE]:
        end = commands.index(COMMANDS) if COMMANDS in commands else len(commands)
        head, commands = commands[1:end], commands[end + 1 :]
    others = []
    for line in head:
        pieces = _ours(_argv(line))
        others += [line] if pieces is None else []
        yield from pieces or ()
    yield from (Command(argv=_argv(line), rank=rank) for rank, line in enumerate((*others, *commands)))


def _argv(line: object) -> tuple[str, ...]:
    return tuple(map(_text, line)) if isinstance(line, list) else ("sh", "-c", _text(line))


def _ours(argv: tuple[str, ...]) -> tuple[Piece, ...] | None:
    match argv:
        case ("install", "-d", "-m", mode, "-o", owner, "-g", group, path):
            return (Directory(path=path, mode=_mode(mode), owner=owner, group=group),)
        case ("systemctl", "daemon-reload"):
            return ()
        case ("systemctl", "enable", "--now", "--no-block", *names):
            return tuple(Unit(name=name, enabled=True) for name in names)
        case _:
            return None


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _words(value: object, separator: str | None = None) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(separator)) if separator else (value,)
    return tuple(map(_text, value)) if isinstance(value, list | dict) else ()


def _text(value: object) -> str:
    """A scalar as text, anything else as none: a list of aliases can stand for more text than memory holds."""
    if isinstance(value, int) and value.bit_length() > _LONGEST_NUMBER:
        return ""
    return str(value) if isinstance(value, str | int | float | date) else ""


def _refused(message: str) -> Refused:
    return Refused(Report((Problem(message, remedy="copy it again, byte for byte, or repair it where it was made"),)))
