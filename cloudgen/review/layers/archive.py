"""`#cloud-config-archive`: the parts of a MIME message as a list of YAML (cloud-init docs, "User-data formats")."""

from collections.abc import Iterator
from typing import Any, Final

from cloudgen.encoders import _cloud_config_reader as reader
from cloudgen.review.layer import Inside, Layer, Opening, damaged
from cloudgen.review.layers.mime import typed

_FIRST_LINE: Final = b"#cloud-config-archive"


def _opened(data: bytes, opening: Opening) -> Iterator[Inside]:
    parts = reader.loaded(data.decode("utf-8", "replace"))
    if not isinstance(parts, list):
        raise damaged("the cloud-config-archive is no list of parts")
    for part in parts:
        entry = part if isinstance(part, dict) else {"content": part}
        content = entry.get("content")
        data = content if isinstance(content, bytes) else _text(content).encode("utf-8", "surrogatepass")
        # Aliases of YAML make many parts of one.
        opening.budget.spend(len(data), "archive")
        if data.strip():
            yield from typed(data, _text(entry.get("type")), _text(entry.get("filename")), opening)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


ARCHIVE: Final = Layer("archive", lambda data: data.startswith(_FIRST_LINE), _opened)
