"""What every test may ask for: `golden`, clear texts in one file each under snapshots/, which mirrors tests/."""

import signal
from pathlib import Path

import pytest
from hypothesis import settings
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

TESTS = Path(__file__).resolve().parent

# How long an example takes depends on who else works on the machine. All else is as it is: in CI without chance.
settings.register_profile("cloudgen", settings.default, deadline=None)
settings.load_profile("cloudgen")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell's background job ignores ^C, and so would every command that the tests interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)


class ClearText(SingleFileSnapshotExtension):
    """A golden is a file under its own name: those of tests/a/test_b.py are in snapshots/a/b/."""

    _write_mode = WriteMode.TEXT
    file_extension = ""

    @classmethod
    def dirname(cls, *, test_location):
        file = Path(test_location.filepath).resolve().relative_to(TESTS)
        return str(TESTS.parent / "snapshots" / file.parent / file.stem.removeprefix("test_"))

    @classmethod
    def discovery_dirname(cls, *, test_location):
        return cls.dirname(test_location=test_location)

    @classmethod
    def get_snapshot_name(cls, *, test_location, index=0):
        return str(index)

    def is_snapshot_location(self, *, location):
        return True

    @classmethod
    def matches_test_location(cls, *, test_location, snapshot_location):
        return Path(snapshot_location).is_relative_to(cls.dirname(test_location=test_location))


@pytest.fixture
def golden(snapshot):
    """Goldens to compare with, by file name; `pytest --snapshot-update` writes them, and then they are read."""
    return snapshot.use_extension(ClearText)
