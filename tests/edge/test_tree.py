"""A review copy of a node."""

import pytest

from cloudgen.edge.tree import write_tree
from cloudgen.pieces import Directory, File, Node, Piece
from cloudgen.report import Refused
from cloudgen.secrets import NAMED, SecretRef


def node(*pieces: Piece) -> Node:
    return Node("m", pieces)


def test_contents_are_written_as_they_are(tmp_path):
    """Text, bytes, the placeholder of a secret, and an empty folder."""
    ref = SecretRef(NAMED, "", "it")
    pieces = [File(path="/a/t", content="é\r\n"), File(path="/a/b", content=b"\0"), File(path="/s", content=ref)]
    write_tree(node(*pieces, Directory(path="/var/lib/x")), tmp_path)
    found = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {"a/t": "é\r\n".encode(), "a/b": b"\0", "s": ref.placeholder().encode()}
    assert (tmp_path / "var" / "lib" / "x").is_dir()


@pytest.mark.parametrize("path", ["/../x", "/a/../../x", "x", "/a\0b"])
def test_paths_that_lead_outside_are_refused_before_anything_is_written(tmp_path, path):
    """Wherever they stand among the others."""
    with pytest.raises(Refused, match="outside of the folder"):
        write_tree(node(File(path="/fine", content=""), File(path=path, content="")), tmp_path / "out")
    assert [*tmp_path.iterdir()] == []


def test_files_that_exclude_each_other_are_told(tmp_path):
    """One path as a file and as a folder of another file."""
    with pytest.raises(Refused, match="cannot write"):
        write_tree(node(File(path="/a", content=""), File(path="/a/b", content="")), tmp_path)
