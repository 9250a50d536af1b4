"""Ignition configs for people to read: every data URL as the lines that it holds."""

import base64
import gzip
import json
from typing import Any
from urllib.parse import unquote_to_bytes


def clear(text: str) -> str:
    """The same config; what a source holds stands in its place, independent of the local zlib."""
    return json.dumps(json.loads(text, object_hook=_opened), indent=2) + "\n"


def _opened(entry: dict[str, Any]) -> dict[str, Any]:
    if "source" not in entry and "contents" not in entry:
        return entry
    if isinstance(entry.get("contents"), str):
        return entry | {"contents": _lines(entry["contents"])}
    if "source" in entry:
        return {"lines": _lines(data_of(entry).decode(errors="backslashreplace"))}
    return entry


def data_of(source: dict[str, str]) -> bytes:
    """What a data URL holds, read with other means than cloudgen's."""
    head, _, rest = source["source"].partition(",")
    data = base64.b64decode(rest) if head.endswith(";base64") else unquote_to_bytes(rest)
    return gzip.decompress(data) if source.get("compression") == "gzip" else data


def _lines(text: str) -> list[str]:
    return text.split("\n")
