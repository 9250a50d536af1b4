"""Data URLs (RFC 2397), as Ignition uses them for everything that is not fetched."""

import base64
import binascii
from typing import Final
from urllib.parse import unquote_to_bytes

from cloudgen.report import Problem, Refused, Report

SCHEME: Final = "data:"


def data_of(url: str, what: str) -> bytes:
    """What a data URL holds. Raises `Refused` for damage of `what` it stands in."""
    head, comma, rest = url.removeprefix(SCHEME).partition(",")
    if not comma:
        raise _refused(f"the data URL of the {what} has no comma: it holds nothing")
    data = unquote_to_bytes(rest)
    if not head.endswith(";base64"):
        return data
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error:
        raise _refused(f"the base64 layer of the {what} is damaged") from None


def _refused(message: str) -> Refused:
    return Refused(Report((Problem(message, remedy="copy it again, byte for byte"),)))
