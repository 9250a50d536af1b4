"""All or nothing on the disk."""

import os
import stat

import pytest

from cloudgen.edge.staging import PUBLIC, Staging, write_atomically
from cloudgen.report import Refused


def test_files_appear_together(tmp_path):
    """Nothing is to be seen under its name before the commit, nothing else after it."""
    with Staging() as staging:
        staging.add(tmp_path / "a" / "x", b"1")
        staging.add(tmp_path / "b" / "y", b"2")
        assert [path for path in tmp_path.rglob("[xy]")] == []  # noqa: C416 - clearer as a list of paths
        staging.commit()
    assert {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == {"x": b"1", "y": b"2"}


def test_without_commit_nothing_stays(tmp_path):
    """Waiting files and new folders go; folders that were there stay."""
    (tmp_path / "old").mkdir()

    class _Stop(Exception):  # noqa: N818 - it stops
        pass

    def work() -> None:
        with Staging() as staging:
            staging.add(tmp_path / "old" / "x", b"")
            staging.add(tmp_path / "new" / "deep" / "y", b"")
            raise _Stop

    with pytest.raises(_Stop):
        work()
    assert [path.name for path in tmp_path.rglob("*")] == ["old"]


def test_waiting_files_are_private(tmp_path):
    """Also before the commit nobody else can read them, whatever the umask."""
    before = os.umask(0)
    try:
        with Staging() as staging:
            staging.add(tmp_path / "x", b"")
            assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
            staging.commit()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o600


def test_what_was_there_is_replaced_whole(tmp_path):
    """A file gives way to its successor, and a link to a file of its own."""
    (tmp_path / "target").write_text("untouched")
    (tmp_path / "x").symlink_to(tmp_path / "target")
    write_atomically(tmp_path / "x", b"new", PUBLIC)
    assert (tmp_path / "target").read_text() == "untouched"
    assert not (tmp_path / "x").is_symlink()
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o644


@pytest.mark.parametrize("path", ["folder", "file/x", "n" * 300, "nul\0"])
def test_impossible_places_are_told(tmp_path, path):
    """A folder in the place, a file on the way, a name too long or impossible: `Refused`, and nothing left."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused, match="cannot write"):
        write_atomically(tmp_path / path, b"")
    assert sorted(found.name for found in tmp_path.rglob("*")) == ["file", "folder"]
