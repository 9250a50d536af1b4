"""What a cloud's API or its client prints of a machine: the field that is the user-data, or its value alone."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from cloudgen.review.layer import Inside, Layer, Opening, damaged

_FIELD: Final = re.compile(r"(?:.*[:.])?(?:user[-_]?data|custom[-_]?data)(?:[-_]?base64)?", re.IGNORECASE)


def _recognises(data: bytes) -> bool:
    return data.lstrip()[:1] in (b"{", b"[", b'"') and b'"ignition"' not in data


def _opened(data: bytes, _: Opening) -> Iterator[Inside]:
    try:
        document = json.loads(data)
        values = [document] if isinstance(document, str) else [*dict.fromkeys(_values(document))]
    except (ValueError, RecursionError):
        raise damaged("what is given looks like JSON, and is none") from None
    if len(values) != 1:
        what = f"the user-data of {len(values)} machines" if values else "no user-data"
        raise damaged(f"the JSON document holds {what}", "give what the API tells of one machine")
    yield Inside(values[0].encode("utf-8", "surrogatepass"))


def _values(document: Any) -> Iterator[str]:
    """The texts of all fields that may be it: `user_data: x`, `UserData: {Value: x}`, `{key: user-data, value: x}`."""
    if isinstance(document, list):
        for item in document:
            yield from _values(item)
    elif isinstance(document, dict):
        named = {document["key"]: document.get("value")} if isinstance(document.get("key"), str) else {}
        for key, value in {**document, **named}.items():
            text = next(iter(value.values()), None) if isinstance(value, dict) and len(value) == 1 else value
            if _FIELD.fullmatch(key) and isinstance(text, str) and text:
                yield text
            else:
                yield from _values(value)


JSON: Final = Layer("json", _recognises, _opened)
