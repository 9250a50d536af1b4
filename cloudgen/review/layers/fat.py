"""A disk with a FAT file system: some make seeds of that kind, which are told, and not opened."""

from collections.abc import Iterable
from typing import Final

from cloudgen.review.layer import Inside, Layer, Opening, damaged

_NAMES: Final = ((54, 62), (82, 90))
"""Where a boot sector names its file system, of FAT12 and FAT16, and of FAT32."""


def _recognises(data: bytes) -> bool:
    return data[510:512] == b"\x55\xaa" and any(data[begin:end].startswith(b"FAT") for begin, end in _NAMES)


def _opened(_: bytes, __: Opening) -> Iterable[Inside]:
    raise damaged("this is a disk with a FAT file system, which is not opened", "mount it, and give its user-data")


FAT: Final = Layer("fat", _recognises, _opened)
