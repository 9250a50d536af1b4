"""MIME+gzip: one gzip part inside one MIME message, opened by cloud-init itself, whatever brought it there.

ASCII in lines of 76, without `$`, `%`, `{` and `}`: no client, template or metadata proxy on the way finds anything to
substitute or to spoil. cloud-init unpacks the part after its data source has handed it over
(cloud-init docs, "User-data formats": MIME multi-part archive, gzip).
"""

import base64
import binascii
from typing import Final

from cloudgen import gz
from cloudgen.report import Problem, Refused, Report

# A delimiter line begins with "--", and base64 has no "-": no content whatever can hold the boundary, so it needs no
# randomness to be safe.
_HEAD: Final = (
    # cloud-init looks for "mime-version:" in the first 4096 bytes only.
    b"MIME-Version: 1.0\n"
    b'Content-Type: multipart/mixed; boundary="cloudgen"\n'
    b"\n"
    b"--cloudgen\n"
    b"MIME-Version: 1.0\n"
    b"Content-Type: application/gzip\n"
    b"Content-Transfer-Encoding: base64\n"
    b"\n"
)
_TAIL: Final = b"--cloudgen--\n"


class MimeGzip:
    """One MIME message with one gzip part in base64."""

    name = "mime-gzip"
    formats: tuple[str, ...] = ("cloud-config",)
    opened_by = "cloud-init alone reads MIME"
    growth = 77 / 57  # a line of 57 bytes is 76 characters and its end
    compressed = True

    def pack(self, text: str, *, hard: bool = False) -> bytes:
        """The same text gives the same bytes, on every machine with the same zlib."""
        return _HEAD + base64.encodebytes(gz.squeeze(text.encode(), hard=hard)) + _TAIL

    def recognises(self, data: bytes) -> bool:
        """Whether these bytes are of our own making; others' MIME is read by `review.unpack`."""
        return data.startswith(_HEAD)

    def unpack(self, data: bytes) -> bytes:
        """What was packed. Raises `Refused` when anything of it is missing or changed."""
        if not data.startswith(_HEAD) or not data.endswith(_TAIL):
            raise _damaged("begins or ends differently from what cloudgen packs")
        try:
            squeezed = base64.b64decode(data[len(_HEAD) : -len(_TAIL)].replace(b"\n", b""), validate=True)
        except binascii.Error:
            raise _damaged("holds something else than base64") from None
        return gz.inflate(squeezed)


def _damaged(how: str) -> Refused:
    return Refused(Report((Problem(f"the MIME layer of the user-data {how}", remedy="copy it again, byte for byte"),)))
