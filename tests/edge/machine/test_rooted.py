"""Reading below a root: as the machine itself would, and never outside."""

import os
import stat

import pytest

from cloudgen.edge.machine.rooted import MOST_BYTES, Root
from cloudgen.report import Refused
from cloudgen.verify import Kind


@pytest.fixture
def folder(tmp_path):
    """A root with a file in it, and one beside it."""
    (tmp_path / "outside").write_text("outside")
    root = tmp_path / "root"
    (root / "etc/deep").mkdir(parents=True)
    (root / "etc/file").write_text("inside")
    (root / "outside").write_text("inside")
    return root


def read(folder, path):
    with Root(str(folder)) as root:
        return root.look(path)


def test_a_file_and_a_folder(folder):
    """Content, mode and owner; names in their order."""
    (folder / "etc/file").chmod(0o640)
    seen = read(folder, "/etc/file")
    assert (seen.kind, seen.text, seen.mode, seen.owner) == (Kind.FILE, "inside", 0o640, os.getuid())
    assert (read(folder, "/etc").kind, read(folder, "/etc").entries) == (Kind.FOLDER, ("deep", "file"))
    assert read(folder, "/").entries == ("etc", "outside")


@pytest.mark.parametrize("path", ["/none", "/none/below", "/etc/file/below"])
def test_what_is_not_there(folder, path):
    """Absent, whichever part of the path is missing."""
    assert read(folder, path).kind is Kind.ABSENT


@pytest.mark.parametrize(
    "target", ["/outside", "../outside", "../../../outside", "deep/../../outside", "/../outside", "/etc/../../outside"]
)
def test_links_stay_inside(folder, target):
    """An absolute link begins at the root, and above the root is the root."""
    (folder / "etc/link").symlink_to(target)
    assert read(folder, "/etc/link").text == "inside"


def test_links_of_folders_stay_inside(folder, tmp_path):
    """The same on the way to a file."""
    (folder / "etc/up").symlink_to("../..")
    (folder / "etc/away").symlink_to(tmp_path)
    assert read(folder, "/etc/up/outside").text == "inside"
    assert read(folder, "/etc/up/etc/up/etc/file").text == "inside"
    assert read(folder, "/etc/away/outside").kind is Kind.ABSENT
    assert read(folder, "/../outside").text == "inside"


def test_links_in_a_circle_end(folder):
    """Told, not followed for ever."""
    (folder / "a").symlink_to("b")
    (folder / "b").symlink_to("a")
    assert (read(folder, "/a").kind, read(folder, "/a").fault) == (Kind.UNREADABLE, "too many links")


def test_pipes_and_devices_are_not_opened(folder):
    """A pipe that nobody writes to would be waited for."""
    os.mkfifo(folder / "pipe")
    seen = read(folder, "/pipe")
    assert (seen.kind, stat.S_IMODE(seen.mode)) == (Kind.OTHER, seen.mode)


def test_large_files_are_not_read(folder):
    """None of a machine's tables is that long."""
    (folder / "large").write_bytes(b"x" * (MOST_BYTES + 1))
    assert read(folder, "/large").fault == "it is larger than 1024 kib"


@pytest.mark.parametrize("name", ["none", "outside", "nul\0"])
def test_a_root_must_be_a_folder(tmp_path, folder, name):
    """Told in one sentence."""
    with pytest.raises(Refused, match="cannot open"):
        Root(str(tmp_path / name))


def test_the_running_system_is_known(folder):
    """By its root, however it is written."""
    with Root("/") as root, Root("/usr/..") as again, Root(str(folder)) as other:
        assert (root.running, again.running, other.running) == (True, True, False)
