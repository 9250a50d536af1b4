"""Reading one file."""

import os
from collections.abc import Callable

import pytest

from cloudgen.edge.reading import MOST_BYTES, read_bytes, read_inside, read_private
from cloudgen.report import Refused


def told(function: Callable[..., bytes], *arguments: object) -> str:
    with pytest.raises(Refused) as caught:
        function(*arguments)
    (problem,) = caught.value.report
    return problem.message


def test_reading_is_bounded(tmp_path):
    """One byte more than the limit is enough to tell that there are more."""
    path = tmp_path / "x"
    path.write_bytes(bytes(100))
    assert len(read_bytes(str(path), 10)) == 11
    assert len(read_bytes("/dev/zero")) == MOST_BYTES + 1


@pytest.mark.parametrize(
    ("name", "words"),
    [("none", "no such file or directory"), (".", "is a directory"), ("a\0b", "its name is not possible")],
)
def test_what_cannot_be_read_is_told(tmp_path, monkeypatch, name, words):
    """In the system's own words, with the name that the user wrote."""
    monkeypatch.chdir(tmp_path)
    assert told(read_bytes, name) == f"cannot read {name}: {words}"


def test_nothing_outside_is_read(tmp_path):
    """Neither by climbing, nor by an absolute path, nor through a link."""
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret").write_text("")
    (inside / "link").symlink_to(tmp_path / "secret")
    (inside / "fine").write_text("fine")
    (inside / "near").symlink_to("fine")
    for name in ("../secret", "link", str(tmp_path / "secret"), "a\0b", "/etc/passwd"):
        assert "lies outside of the spec's folder" in told(read_inside, str(inside / name), inside)
    assert read_inside(str(inside / "near"), inside) == b"fine"


def test_only_regular_files_are_attached(tmp_path):
    """A pipe would hang, a folder has no text, and a huge file is none."""
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    assert "is no regular file" in told(read_inside, str(tmp_path / "pipe"), tmp_path)
    assert "is no regular file" in told(read_inside, str(tmp_path), tmp_path)
    assert "is larger than 1024 KiB" in told(read_inside, str(tmp_path / "huge"), tmp_path)


def test_secrets_are_read_from_a_private_file_only(tmp_path):
    """A regular file with no bit for others; a link is judged by what it leads to."""
    path = tmp_path / "secrets.yaml"
    path.write_text("x")
    path.chmod(0o600)
    (tmp_path / "link").symlink_to(path)
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert read_private(str(path)) == read_private(str(tmp_path / "link")) == b"x"
    path.chmod(0o644)
    assert "is open to others: its mode is 0644" in told(read_private, str(tmp_path / "link"))
    assert "is no regular file" in told(read_private, str(tmp_path / "pipe"))
    assert "is a directory" in told(read_private, str(tmp_path))
    assert "no such file" in told(read_private, str(tmp_path / "none"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_secrets_of_others_are_refused(tmp_path):
    """Whoever owns the file could change it."""
    path = tmp_path / "secrets.yaml"
    path.write_text("x")
    path.chmod(0o600)
    os.chown(path, 12345, 12345)
    assert "belongs to another user" in told(read_private, str(path))
