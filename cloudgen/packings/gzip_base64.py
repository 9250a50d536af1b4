"""Gzip in base64, for carriers that are told of it in a key of their own and undo both.

One line and no newline at its end: where cloud-init decodes it strictly, a newline spoils it (cloud-init,
cloudinit/util.py, maybe_b64decode).
"""

import base64
import binascii
from typing import Final

from cloudgen import gz
from cloudgen.report import Problem, Refused, Report

_BEGINS: Final = b"H4sI"
"""The three bytes that begin gzip with deflate, in base64."""


class GzipBase64:
    """One line of base64, and in it one gzip member."""

    name = "gzip-base64"
    formats: tuple[str, ...] = ()
    opened_by = "the carrier is told of it"
    growth = 4 / 3
    compressed = True

    def pack(self, text: str, *, hard: bool = False) -> bytes:
        """The same text gives the same bytes, on every machine with the same zlib."""
        return base64.b64encode(gz.squeeze(text.encode(), hard=hard))

    def recognises(self, data: bytes) -> bool:
        """Whether the bytes begin like gzip in base64."""
        return data.startswith(_BEGINS)

    def unpack(self, data: bytes) -> bytes:
        """What was packed. Raises `Refused` when anything of it is missing or changed."""
        try:
            return gz.inflate(base64.b64decode(data, validate=True))
        except binascii.Error:
            message = "the base64 layer of the user-data is damaged"
            raise Refused(Report((Problem(message, remedy="copy it again, byte for byte"),))) from None
