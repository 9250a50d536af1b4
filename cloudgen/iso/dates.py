"""The dates of an image, put right in its bytes.

pycdlib stamps the clock of the moment, in the time zone of the place, and offers nothing that would stop it. What it
wrote has its dates where ECMA-119 (8.4.26 to 8.4.29, 9.1.5) and the Rock Ridge Interchange Protocol (4.1.6, TF) put
them: all become one moment, so that an image is a pure function of its files.
"""

from collections.abc import Iterator
from typing import Final

SECTOR: Final = 2048
VOLUMES: Final = 16 * SECTOR
"""Volume descriptors, a sector each; what comes before is the system's own."""
_TREES: Final = frozenset({1, 2})
"""Kinds of volume descriptors that hold a tree: the primary one, and Joliet's."""
_ROOT: Final = 156
"""Where a volume descriptor has the record of its root folder."""
_VOLUME_DATES: Final = 813
_VOLUME_STAMPS: Final = b"1980010100000000\0" * 2 + b"0000000000000000\0" + b"1980010100000000\0"
"""Made, changed, never expires, in effect since; at Greenwich."""
_STAMP: Final = bytes((80, 1, 1, 0, 0, 0, 0))
"""The same moment as directory records have it."""
_SPECIAL: Final = (b"\0", b"\1")
"""The names of a folder itself and of the one above."""


def undated(image: bytes) -> bytes:
    """An image of pycdlib's with the dates of 1 January 1980."""
    data = bytearray(image)
    at = VOLUMES
    while data[at] in _TREES:
        _put(data, at + _VOLUME_DATES, _VOLUME_STAMPS)
        for record in _records(data, at + _ROOT):
            _put(data, record + 18, _STAMP)
            for stamps in _extended(data, record):
                _put(data, stamps, _STAMP)
        at += SECTOR
    return bytes(data)


def _put(data: bytearray, at: int, new: bytes) -> None:
    data[at : at + len(new)] = new


def _records(data: bytearray, folder: int) -> Iterator[int]:
    """Where the record of a folder is, and all those below it."""
    yield folder
    at = int.from_bytes(data[folder + 2 : folder + 6], "little") * SECTOR
    end = at + int.from_bytes(data[folder + 10 : folder + 14], "little")
    while at < end:
        if not data[at]:
            # No record reaches over the end of a sector.
            at = (at // SECTOR + 1) * SECTOR
            continue
        is_folder = data[at + 25] & 2 and bytes(data[at + 33 : at + 33 + data[at + 32]]) not in _SPECIAL
        yield from _records(data, at) if is_folder else (at,)
        at += data[at]


def _extended(data: bytearray, record: int) -> Iterator[int]:
    """Where the dates of a record's TF entry are; they stand behind five bytes, in the short form."""
    name = data[record + 32]
    at, end = record + 33 + name + (1 - name % 2), record + data[record]
    while at + 4 <= end and data[at + 2]:
        if data[at : at + 2] == b"TF":
            yield from range(at + 5, at + data[at + 2], len(_STAMP))
        at += data[at + 2]
