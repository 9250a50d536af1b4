"""Files to an image with Joliet and Rock Ridge names, so that every reader finds them under their own."""

from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Final

from cloudgen.iso.dates import undated
from cloudgen.iso.library import library

_LEVEL: Final = 3
"""Of names without extensions: up to 31 characters (ECMA-119, 10.3)."""
_FOLDER: Final = 0o040500
_FILE: Final = 0o100400
"""User-data may hold secrets: where the image is mounted, root alone reads it."""


def image(files: Mapping[str, bytes], label: str) -> bytes:
    """An image of files by their paths, such as `a/b`; the same files give the same bytes. Raises `Refused`."""
    iso = library()
    # The library would name itself and its year.
    iso.new(_LEVEL, vol_ident=label, app_ident_str="CLOUDGEN", joliet=3, rock_ridge="1.09", vol_expire_date=0.0)
    for folder in sorted({folder for path in files for folder in _above(path)}):
        iso.add_directory(f"/{_capitals(folder)}", _name(folder), f"/{folder}", _FOLDER)
    for path, data in sorted(files.items()):
        iso.add_fp(BytesIO(data), len(data), _short(path), _name(path), f"/{path}", _FILE)
    written = BytesIO()
    iso.write_fp(written)
    iso.close()
    return undated(written.getvalue())


def _above(path: str) -> Iterator[str]:
    """The folders that a relative path lies in."""
    while path := path.rpartition("/")[0]:
        yield path


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _capitals(path: str) -> str:
    """What a folder is called besides, without extensions: of capitals, digits and `_` (ECMA-119, 7.5)."""
    return path.upper().replace("-", "_")


def _short(path: str) -> str:
    """The same of a file, with a dot and a version."""
    name = _capitals(path)
    return f"/{name};1" if "." in _name(name) else f"/{name}.;1"
