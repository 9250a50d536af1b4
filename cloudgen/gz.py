"""Gzip, the same bytes everywhere, and back without trust: the one place that squeezes or inflates."""

import struct
import zlib
from dataclasses import dataclass
from typing import Final

from cloudgen.report import Problem, Refused, Report

MAGIC: Final = b"\x1f\x8b"
LIMIT: Final = 16 * 1024 * 1024
"""More than any provider carries by far: what inflates beyond it is no user-data but a decompression bomb."""

_HEADER: Final = MAGIC + b"\x08\x00\x00\x00\x00\x00\x00\xff"
"""Deflate, no flags (no file name), time 0, unknown system: zlib would write the builder's."""
_RAW_DEFLATE: Final = -15
_GZIP: Final = 31
_QUICK: Final = 5
"""Two percent larger than level 9, in a third of the time."""
_HARD: Final = 9
_MOST_MEMBERS: Final = 100


def squeeze(data: bytes, *, hard: bool = False) -> bytes:
    """One gzip member: time 0, no file name. `hard` takes its time for the last two percent."""
    tried = [_deflated(data, level) for level in ((_QUICK, _HARD) if hard else (_QUICK,))]
    return _HEADER + min(tried, key=len) + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def _deflated(data: bytes, level: int) -> bytes:
    deflate = zlib.compressobj(level, zlib.DEFLATED, _RAW_DEFLATE)
    return deflate.compress(data) + deflate.flush()


@dataclass(slots=True)
class Budget:
    """Bytes that may still come out of one document: many small bombs are one large one."""

    left: int = LIMIT

    def spend(self, size: int, what: str = "user-data") -> None:
        """So many came out. Raises `Refused` when it is too much."""
        self.left -= size
        if self.left < 0:
            raise _refused(f"the {what} and what is beside it become more than {LIMIT:,} bytes", _BOMB)

    def inflate(self, data: bytes, what: str = "user-data") -> bytes:
        """As the function, of what is left."""
        result = inflate(data, what, self.left)
        self.left -= len(result)
        return result


def inflate(data: bytes, what: str = "user-data", limit: int = LIMIT) -> bytes:
    """What was squeezed, of one or more members. Raises `Refused` for damage and for more than `limit` bytes."""
    result = bytearray()
    rest = data
    if not rest:
        return b""
    for _ in range(_MOST_MEMBERS):
        stream = zlib.decompressobj(_GZIP)
        try:
            result += stream.decompress(rest, limit + 1 - len(result))
        except zlib.error:
            raise _refused(f"the gzip layer of the {what} is damaged") from None
        if len(result) > limit:
            raise _refused(f"the gzip layer of the {what} inflates to more than {limit:,} bytes", _BOMB)
        if not stream.eof:
            raise _refused(f"the gzip layer of the {what} ends early")
        rest = stream.unused_data.lstrip(b"\0")
        if not rest:
            return bytes(result)
    raise _refused(f"the gzip layer of the {what} has more than {_MOST_MEMBERS} members", _BOMB)


_COPY: Final = "copy it again, byte for byte; editors, terminals and string conversions damage binary data"
_BOMB: Final = "nothing that boots is this large; do not unpack it"


def _refused(message: str, remedy: str = _COPY) -> Refused:
    return Refused(Report((Problem(message, remedy=remedy),)))
