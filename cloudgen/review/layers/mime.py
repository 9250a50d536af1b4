"""MIME: several parts in one text, as cloud-init, Terraform's `cloudinit_config` and cloudgen itself make it."""

import email
import quopri
import re
from collections.abc import Callable, Iterator
from email.message import Message
from email.policy import Compat32
from itertools import count
from typing import Final

from cloudgen import gz
from cloudgen.report import warning
from cloudgen.review.layer import COPY, SCRIPT, Inside, Layer, Opening, damaged, too_many_parts
from cloudgen.review.layers.base64 import decoded, looks_like_base64

_HEADER: Final = re.compile(rb"[A-Za-z][A-Za-z0-9-]*:[^\n]*\n")
_VERSION_OR_TYPE: Final = re.compile(rb"^(content-type|mime-version):", re.IGNORECASE | re.MULTILINE)
_WINDOW: Final = 4096
"""Bytes in which cloud-init looks for it."""
_GZIP_TYPES: Final = re.compile(r"application/(x-)?(g?zip|gunzip|gzipped|compress)")
_SCRIPT_TYPES: Final = re.compile(r"text/x-shellscript(-per-(boot|instance|once))?")
_MACHINE_TYPES: Final = re.compile(r"text/(x-include(-once)?-url|cloud-boothook|part-handler|upstart-job)")
"""Parts of which cloud-init makes something on the machine only."""
_LONGEST_HEADER: Final = 4096
_FAULTS: Final = (RecursionError, LookupError, ValueError, TypeError, AttributeError)
PASSED: Final = "cloud-init makes something of it on the machine only; read it by itself"


def _recognises(data: bytes) -> bool:
    return _HEADER.match(data) is not None and _VERSION_OR_TYPE.search(data[:_WINDOW]) is not None


def _opened(data: bytes, opening: Opening) -> Iterator[Inside]:
    try:
        message = email.message_from_bytes(data, _part_of(opening.parts), policy=_BOUNDED)
        parts = [part for part in message.walk() if not part.is_multipart()]
        defects = [type(defect).__name__ for part in message.walk() for defect in part.defects]
    except _FAULTS:
        raise damaged("the MIME layer of the user-data is damaged") from None
    if any("Boundary" in defect for defect in defects):
        opening.told.append(warning("the MIME layer has no closing boundary: its end may be missing", remedy=COPY))
    for part in parts:
        payload = _payload(part)
        if payload.strip():
            yield from _inside(payload, part, opening)


class _Bounded(Compat32):
    """As the usual policy, but for headers that the library would take hours to read: the square of their length."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        if sum(map(len, sourcelines)) > _LONGEST_HEADER:
            raise damaged(f"a header of the MIME layer has more than {_LONGEST_HEADER} characters")
        return super().header_source_parse(sourcelines)


_BOUNDED: Final = _Bounded()


def _part_of(most: int) -> Callable[[], Message]:
    """What makes a part, so many times: each takes more room than its text does."""
    made = count()

    def part() -> Message:
        if next(made) > most:
            raise too_many_parts()
        return Message()

    return part


def _inside(payload: bytes, part: Message, opening: Opening) -> Iterator[Inside]:
    if part.get("X-Merge-Type") or part.get("Merge-Type"):
        message = "a part says how it is merged with the others: it is read as if it did not"
        opening.told.append(warning(message, remedy="read the parts one by one"))
    kind = part.get_content_type()
    if _GZIP_TYPES.match(kind) and not payload.startswith(gz.MAGIC) and not looks_like_base64(payload):
        raise damaged("a MIME part calls itself gzip but does not begin like one: it is damaged")
    yield from typed(payload, kind, _name_of(part), opening)


def typed(payload: bytes, kind: str, name: str, opening: Opening) -> Iterator[Inside]:
    """A part whose type may say more than its first bytes do."""
    packed = payload.startswith(gz.MAGIC)
    if _MACHINE_TYPES.fullmatch(kind):
        opening.told.append(warning(f"a part of the type {kind} is passed over", remedy=PASSED))
    elif kind == "text/cloud-config" and not packed and not payload.startswith(b"#cloud-config"):
        yield Inside(b"#cloud-config\n" + payload, name)
    else:
        yield Inside(payload, name, SCRIPT if _SCRIPT_TYPES.fullmatch(kind) and not packed else "")


def _payload(part: Message) -> bytes:
    text = part.get_payload()
    data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else b""
    match str(part.get("Content-Transfer-Encoding", "")).strip().lower():
        case "base64":
            return decoded(data, "MIME part")
        case "quoted-printable":
            return quopri.decodestring(data)
        case _:
            return data


def _name_of(part: Message) -> str:
    try:
        return part.get_filename() or ""
    except _FAULTS:
        return ""


MIME: Final = Layer("mime", _recognises, _opened)
