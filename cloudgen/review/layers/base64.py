"""Base64: what an API, its client or a careful user puts around user-data, sometimes twice."""

import base64
import binascii
import re
import string
from collections.abc import Iterator
from typing import Final

from cloudgen.review.layer import Inside, Layer, Opening, damaged

_BEGINS: Final = re.compile(rb"\s*[A-Za-z0-9+/]{16}")


def looks_like_base64(data: bytes) -> bool:
    """Whether it begins as only base64 does."""
    return _BEGINS.match(data) is not None


def decoded(data: bytes, what: str = "user-data") -> bytes:
    """The bytes behind base64, in however many lines. Raises `Refused`."""
    try:
        return base64.b64decode(data.translate(None, string.whitespace.encode()), validate=True)
    except binascii.Error:
        raise damaged(f"the base64 layer of the {what} is damaged") from None


def _opened(data: bytes, _: Opening) -> Iterator[Inside]:
    yield Inside(decoded(data))


BASE64: Final = Layer("base64", looks_like_base64, _opened)
