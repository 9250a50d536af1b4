"""Reading below a root: as the machine itself would, and never outside."""

import os
import stat

import pytest

from cloudgen.edge.machine.looking import looked_at
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


@pytest.fixture
def nobody():
    """For a while, somebody who may read less; back afterwards."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    yield lambda: os.seteuid(65534)
    os.seteuid(0)


def test_what_may_not_be_read_is_no_absence(tmp_path, nobody):
    """Neither a file, nor what lies in a folder that is closed, nor a folder's names."""
    tmp_path.chmod(0o755)
    for name, mode in (("closed", 0o700), ("open", 0o755)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("x")
        (tmp_path / name / "file").chmod(0o600)
        (tmp_path / name).chmod(mode)
    with Root(str(tmp_path)) as root:
        nobody()
        kinds = {path: root.look(path).kind for path in ("/closed/file", "/closed", "/open/file", "/open/none")}
    assert kinds == {
        "/closed/file": Kind.FORBIDDEN,
        "/closed": Kind.FORBIDDEN,
        "/open/file": Kind.FORBIDDEN,
        "/open/none": Kind.ABSENT,
    }


def test_a_machine_that_may_not_be_read_is_not_judged(tmp_path, nobody):
    """Half of the files would tell nothing: one sentence, and exit code 2."""
    (tmp_path / "etc/cloudgen").mkdir(parents=True)
    (tmp_path / "etc/cloudgen/bootstrap.env").write_text("")
    with Root(str(tmp_path)) as root:
        nobody()
        with pytest.raises(Refused, match="may not be read by this user"):
            looked_at(root)
