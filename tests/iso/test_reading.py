"""ISO images that anyone made."""

import subprocess
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cloudgen.iso import contents, image, recognises
from cloudgen.report import Refused
from tests.judging import judge

FILES = {"user-data": b"#cloud-config\n" * 300, "a/b/c": b"x"}
IMAGE = image(FILES, "cidata")
TREES = 16 * 2048
"""Where descriptors, tables and folders begin."""


@pytest.mark.judge
@pytest.mark.parametrize("names", [["-R", "-J"], ["-J"], ["-R"], ["-U", "-l"]], ids=" ".join)
def test_images_of_others(tmp_path, names):
    """genisoimage's, with each kind of names; without any, names are as Linux shows them."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "user-data").write_bytes(FILES["user-data"])
    subprocess.run(
        [judge("genisoimage"), "-quiet", *names, "-V", "cidata", "-o", tmp_path / "iso", tmp_path / "in"],
        check=True,
        capture_output=True,
    )
    assert contents((tmp_path / "iso").read_bytes(), 1 << 20) == {"user-data": FILES["user-data"]}


def test_what_is_no_image():
    """Anything shorter, or without the mark."""
    assert not recognises(b"")
    assert not recognises(bytes(40_000))
    assert recognises(IMAGE)


def test_more_than_the_limit_is_refused():
    """The sum of all files counts, wherever they lie."""
    size = sum(map(len, FILES.values()))
    assert contents(IMAGE, size) == FILES
    with pytest.raises(Refused, match="more than any seed"):
        contents(IMAGE, size - 1)


@pytest.mark.parametrize("missing", [1, 2048, len(IMAGE) - IMAGE.rindex(b"#cloud-config\n")])
def test_an_image_that_ends_early_is_refused(missing):
    """Half of a document would be another one."""
    alone = image({"user-data": FILES["user-data"]}, "cidata")
    for data in (IMAGE, alone):
        with pytest.raises(Refused, match="ends early"):
            contents(data[:-missing], 1 << 20)


@given(st.integers(0, len(IMAGE)))
@example(len(IMAGE) - 1)
def test_cut(length):
    """What is shorter is refused."""
    if length == len(IMAGE):
        assert contents(IMAGE, 1 << 20) == FILES
        return
    with pytest.raises(Refused):
        contents(IMAGE[:length], 1 << 20)


@given(st.lists(st.tuples(st.integers(TREES, len(IMAGE) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_damaged(changes):
    """Changed bytes never give a traceback, and never more than the limit."""
    data = bytearray(IMAGE)
    for place, value in changes:
        data[place] = value
    with suppress(Refused):
        assert sum(map(len, contents(bytes(data), 10_000).values())) <= 10_000


def test_a_loop_of_folders_is_refused():
    """A folder that holds itself has no end."""
    data = bytearray(image({"folder/file": b""}, "cidata"))
    root = int.from_bytes(data[TREES + 158 : TREES + 162], "little")
    place = data.index(b"FOLDER", root * 2048) - 33
    data[place + 2 : place + 6], data[place + 6 : place + 10] = root.to_bytes(4, "little"), root.to_bytes(4, "big")
    with pytest.raises(Refused, match="damaged"):
        contents(bytes(data), 1 << 20)
