"""The files of an image that anyone made, bounded."""

import struct
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Final

from cloudgen.iso.dates import VOLUMES
from cloudgen.iso.library import library
from cloudgen.report import Problem, Refused, Report

if TYPE_CHECKING:
    from pycdlib import PyCdlib

_MAGIC: Final = b"CD001"
_MOST_FILES: Final = 1000
_COPY: Final = "copy it again, byte for byte"
# pycdlib has an exception of its own for what it looks for, and Python's for what it does not.
_FAULTS: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)


def recognises(data: bytes) -> bool:
    """Whether a volume descriptor stands where an image has its first."""
    return data[VOLUMES + 1 : VOLUMES + 6] == _MAGIC


def contents(data: bytes, limit: int) -> Mapping[str, bytes]:
    """The files by their paths, such as `a/b`. Raises `Refused` for damage and for more than `limit` bytes."""
    if len(data) < _said_size(data):
        # The library would take what is left of a file for all of it.
        raise _refused("the ISO image ends early", _COPY)
    iso = library()
    from pycdlib.pycdlibexception import PyCdlibException  # noqa: PLC0415 - as the library itself

    try:
        iso.open_fp(BytesIO(data))
        return _read(iso, limit)
    except (PyCdlibException, *_FAULTS):
        raise _refused("the ISO image is damaged", _COPY) from None


def _said_size(data: bytes) -> int:
    """The blocks of the volume, and their size (ECMA-119, 8.4.8 and 8.4.12)."""
    blocks, size = data[VOLUMES + 80 : VOLUMES + 84], data[VOLUMES + 128 : VOLUMES + 130]
    return int.from_bytes(blocks, "little") * int.from_bytes(size, "little")


def _read(iso: "PyCdlib", limit: int) -> Mapping[str, bytes]:
    files: dict[str, bytes] = {}
    tree = "rr_path" if iso.has_rock_ridge() else "joliet_path" if iso.has_joliet() else "iso_path"
    for path in _walked(iso, tree):
        # Files may lie over each other: the sum of their sizes is not bounded by the image's.
        size = iso.get_record(**{tree: path}).get_data_length()
        limit -= size
        if limit < 0 or len(files) == _MOST_FILES:
            raise _refused("the ISO image holds more than any seed does", "do not unpack it")
        data = BytesIO()
        iso.get_file_from_iso_fp(data, **{tree: path})
        if len(data.getvalue()) != size:
            raise _refused("the ISO image is damaged", _COPY)
        files[_plain(path)] = data.getvalue()
    return files


def _walked(iso: "PyCdlib", tree: str) -> Iterator[str]:
    for folder, _, names in iso.walk(**{tree: "/"}):
        yield from (f"{folder.rstrip('/')}/{name}" for name in names)


def _plain(path: str) -> str:
    """A name without Rock Ridge and Joliet ends in a dot and a version, and is in capitals: Linux shows it without."""
    path = path.removeprefix("/")
    return path if ";" not in path else path.partition(";")[0].rstrip(".").lower()


def _refused(message: str, remedy: str) -> Refused:
    return Refused(Report((Problem(message, remedy=remedy),)))
