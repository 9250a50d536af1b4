"""Any user-data back to the files that it makes: what boots can be read, however it was wrapped."""

import base64
import binascii
import email
import quopri
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email.message import Message
from typing import Final

from cloudgen import gz
from cloudgen.assemble import lower
from cloudgen.encoders import ENCODERS
from cloudgen.encoders.cloud_config import CloudConfig
from cloudgen.pieces import File, Node
from cloudgen.report import Problem, Refused, Report, warning

SCRIPTS: Final = "/var/lib/cloud/instance/scripts"
"""Where cloud-init puts scripts that come as parts of their own, and runs them from."""
SCRIPT: Final = "shellscript"
"""The format of user-data that is nothing but scripts."""

_DEEPEST: Final = 10
_HEADER: Final = re.compile(rb"[A-Za-z][A-Za-z0-9-]*:[^\n]*\n")
_MIME: Final = re.compile(rb"^(content-type|mime-version):", re.IGNORECASE | re.MULTILINE)
_MIME_WINDOW: Final = 4096
_BASE64_BEGINS: Final = re.compile(rb"\s*[A-Za-z0-9+/]{16}")
_GZIP_TYPES: Final = re.compile(r"application/(x-)?(g?zip|gunzip|gzipped|compress)")
_PASSED_OVER: Final = ("#include", "#cloud-boothook", "#part-handler", "#cloud-config-archive", "## template:")


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What user-data holds: the node, the format it came in, and the layers around it, the outermost first."""

    node: Node
    format: str
    layers: tuple[str, ...]
    report: Report = field(default_factory=Report)
    """Parts that were passed over, and wrappings that cloud-init would only just accept."""


@dataclass(frozen=True, slots=True)
class _Leaf:
    format: str
    text: str
    layers: tuple[str, ...]
    name: str


@dataclass(slots=True)
class _Opening:
    """One run: what may still be inflated, and what there is to say."""

    budget: int = gz.LIMIT
    told: list[Problem] = field(default_factory=list)


def unpack(data: bytes) -> Unpacked:
    """The content of user-data in any nesting of MIME, gzip and base64. Raises `Refused`, naming the damaged layer."""
    if len(data) > gz.LIMIT:
        raise _refused(f"this is no user-data: it has more than {gz.LIMIT:,} bytes", "choose another file")
    opening = _Opening()
    leaves = [*_open(data, (), opening, "")]
    formats = dict.fromkeys(leaf.format for leaf in leaves if leaf.format != SCRIPT)
    if not leaves or len(formats) > 1:
        why = f"holds several formats: {', '.join(formats)}" if leaves else "holds nothing that cloudgen can read"
        raise Refused(Report((*opening.told, Problem(f"the user-data {why}", remedy=_READABLE))))
    made = next(iter(formats), SCRIPT)
    configs = [leaf for leaf in leaves if leaf.format == made]
    node = _with_scripts(_decoded(made, [leaf.text for leaf in configs]), leaves)
    return Unpacked(node, made, configs[0].layers, Report.of(opening.told))


def _decoded(format_: str, texts: Sequence[str]) -> Node:
    if format_ == SCRIPT:
        return Node("")
    encoder = ENCODERS[format_]
    return encoder.decode_merged(texts) if isinstance(encoder, CloudConfig) else encoder.decode(texts[-1])


def _with_scripts(node: Node, leaves: Sequence[_Leaf]) -> Node:
    scripts = tuple(
        File(path=f"{SCRIPTS}/{leaf.name or f'part-{number:03d}'}", content=leaf.text, mode=0o700)
        for number, leaf in enumerate(leaves, start=1)
        if leaf.format == SCRIPT
    )
    return lower(node.with_pieces((*node.pieces, *scripts))) if scripts else node


def _open(data: bytes, layers: tuple[str, ...], opening: _Opening, name: str) -> Iterator[_Leaf]:
    if len(layers) > _DEEPEST:
        raise _refused(f"the user-data is wrapped more than {_DEEPEST} times", _READABLE)
    if data.startswith(gz.MAGIC):
        inner = gz.inflate(data, limit=opening.budget)
        opening.budget -= len(inner)
        yield from _open(inner, (*layers, "gzip"), opening, name)
    elif leaf := _leaf(data, layers, name):
        yield leaf
    elif _HEADER.match(data) and _MIME.search(data[:_MIME_WINDOW]):
        yield from _parts(data, (*layers, "mime"), opening)
    elif data.startswith(tuple(word.encode() for word in _PASSED_OVER)):
        first = data.split(b"\n", 1)[0][:40].decode(errors="replace")
        opening.told.append(warning(f"a part that begins with {first!r} is passed over", remedy=_PASSED))
    elif _BASE64_BEGINS.match(data):
        yield from _open(_unbase64(data), (*layers, "base64"), opening, name)
    else:
        inside = f"inside {' in '.join(reversed(layers))} " if layers else ""
        raise _refused(f"what is {inside}given is neither cloud-config nor MIME, gzip or base64", _READABLE)


def _leaf(data: bytes, layers: tuple[str, ...], name: str) -> _Leaf | None:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if text.startswith("#!"):
        return _Leaf(SCRIPT, text, layers, name)
    formats = (encoder.name for encoder in ENCODERS.values() if encoder.recognises(text))
    format_ = next(formats, None)
    return _Leaf(format_, text, layers, name) if format_ else None


def _parts(data: bytes, layers: tuple[str, ...], opening: _Opening) -> Iterator[_Leaf]:
    try:
        message = email.message_from_bytes(data)
        parts = [part for part in message.walk() if not part.is_multipart()]
        defects = [type(defect).__name__ for part in message.walk() for defect in part.defects]
    except (RecursionError, LookupError, ValueError, TypeError, AttributeError):
        raise _refused("the MIME layer of the user-data is damaged", _COPY) from None
    if any("Boundary" in defect for defect in defects):
        opening.told.append(warning("the MIME layer has no closing boundary: its end may be missing", remedy=_COPY))
    for part in parts:
        payload = _payload(part)
        if payload.strip():
            yield from _open(_typed(payload, part), layers, opening, _name_of(part))


def _payload(part: Message) -> bytes:
    text = part.get_payload()
    data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else b""
    match str(part.get("Content-Transfer-Encoding", "")).strip().lower():
        case "base64":
            return _unbase64(data, "MIME part")
        case "quoted-printable":
            return quopri.decodestring(data)
        case _:
            return data


def _typed(payload: bytes, part: Message) -> bytes:
    """A part whose type says more than its first bytes do."""
    kind = part.get_content_type()
    if kind == "text/cloud-config" and not payload.startswith((b"#cloud-config", gz.MAGIC)):
        return b"#cloud-config\n" + payload
    if _GZIP_TYPES.match(kind) and not payload.startswith(gz.MAGIC) and not _BASE64_BEGINS.match(payload):
        raise _refused("a MIME part calls itself gzip but does not begin like one: it is damaged", _COPY)
    return payload


def _name_of(part: Message) -> str:
    try:
        name = part.get_filename() or ""
    except (LookupError, ValueError, TypeError, AttributeError):
        name = ""
    return re.sub(r"[^A-Za-z0-9._-]", "_", name).lstrip(".")


def _unbase64(data: bytes, what: str = "user-data") -> bytes:
    try:
        return base64.b64decode(b"".join(data.split()), validate=True)
    except binascii.Error:
        raise _refused(f"the base64 layer of the {what} is damaged", _COPY) from None


_COPY: Final = "copy it again, byte for byte; editors, terminals and string conversions damage packed data"
_READABLE: Final = "give it as the cloud's API or /var/lib/cloud/instance/user-data.txt holds it"
_PASSED: Final = "cloud-init makes something of it on the machine only; read it by itself"


def _refused(message: str, remedy: str) -> Refused:
    return Refused(Report((Problem(message, remedy=remedy),)))
