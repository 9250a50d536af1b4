"""`cloudgen scripts`."""

import json
import stat

from cloudgen import bundle


def test_the_file_is_written_for_everyone(run, tmp_path):
    """Its name and its checksum are told; a web server may read it."""
    result = run("scripts", "--out", tmp_path)
    path = tmp_path / bundle.file_name()
    assert result.exit_code == 0
    assert result.stdout == f"{path}  sha256 {bundle.checksum()}\n"
    assert path.read_bytes() == bundle.archive()
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_json(run, tmp_path):
    """The same for other tools."""
    told = json.loads(run("scripts", "--out", tmp_path, "--json").stdout)
    expected = {"path": str(tmp_path / bundle.file_name()), "sha256": bundle.checksum(), "written": True}
    assert told == expected | {"problems": []}


def test_a_place_that_cannot_be_written_is_told(run, tmp_path):
    """A file where a folder is needed is a problem, not a traceback."""
    (tmp_path / "file").write_text("")
    result = run("scripts", "--out", tmp_path / "file")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "cannot write" in result.stderr


def test_stdout_is_no_folder(run, tmp_path):
    """The file's name is part of what it is; no folder is called `-` by accident."""
    result = run("scripts", "--out", "-")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--out wants a folder" in result.stderr
    assert not (tmp_path / "-").exists()
