"""The stand-in for key-keeper as one file that a machine can download: Python runs it, modules and all."""

import io
import zipfile
from pathlib import Path
from typing import Final

from tests.judging import ROOT

_SOURCES: Final = ROOT / "tests/key_keeper"
_MAIN: Final = "import runpy\n\nrunpy.run_module('tests.key_keeper.agent', run_name='__main__')\n"
_PACKAGES: Final = ("tests", "tests/key_keeper")
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def key_keeper() -> bytes:
    """The same bytes each time."""
    stream = io.BytesIO(b"")
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "__main__.py", _MAIN)
        for package in _PACKAGES:  # zipimport finds no packages that have no file of their own
            _add(archive, f"{package}/__init__.py", "")
        for module in sorted(_SOURCES.glob("*.py")):
            if not module.name.startswith(("test_", "conftest")):
                _add(archive, str(module.relative_to(ROOT)), module.read_text())
    return b"#!/usr/bin/python3\n" + stream.getvalue()


def _add(archive: zipfile.ZipFile, name: Path | str, text: str) -> None:
    archive.writestr(zipfile.ZipInfo(str(name), _EPOCH), text)
