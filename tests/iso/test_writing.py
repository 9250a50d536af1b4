"""ISO images that cloudgen makes."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cloudgen.iso import contents, image, recognises
from cloudgen.report import Refused
from tests.judging import judge

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    "user-data": bytes(range(256)) * 300,
    "meta-data": b"instance-id: a\n",
    "empty": b"",
    "openstack/latest/user_data": b"#cloud-config\n",
    "openstack/latest/meta_data.json": b"{}\n",
}
MOMENT = datetime(1980, 1, 1, tzinfo=UTC)


@pytest.fixture
def iso(tmp_path):
    """An image on the disk."""
    path = tmp_path / "seed.iso"
    path.write_bytes(image(FILES, "cidata"))
    return path


def said(*argv: object) -> str:
    """What a reader prints on stdout, at Greenwich."""
    environment = {**os.environ, "TZ": "UTC", "LC_ALL": "C"}
    return subprocess.run([*map(str, argv)], capture_output=True, check=True, env=environment).stdout.decode("latin-1")


_MAKE = """
import os, sys, time
from cloudgen.iso import image
sys.stdout.buffer.write(image({"a/b/c": b"x", "d-e": b"y"}, "cidata"))
"""


def test_bytes_do_not_depend_on_when_and_where(tmp_path):
    """Neither the clock, the time zone, the hash seed, the locale nor the folder leave a trace."""
    made = set()
    for number, (zone, locale) in enumerate((("UTC", "C"), ("Asia/Kolkata", "C.UTF-8"), ("EST5EDT", "C"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        environment = {"TZ": zone, "LC_ALL": locale, "PYTHONHASHSEED": str(number), "PYTHONPATH": str(ROOT)}
        # The third one lives a year later: whatever asks the time is told so.
        later = "import time; now = time.time; time.time = lambda: now() + 31_556_952\n" if number == 2 else ""
        argv = [sys.executable, "-c", later + _MAKE]
        made.add(subprocess.run(argv, capture_output=True, check=True, cwd=folder, env=environment).stdout)
    assert len(made) == 1


def test_no_date_of_today_is_left():
    """Not even inside of what Rock Ridge says of a file."""
    data, today = image(FILES, "cidata"), datetime.now(UTC)
    stamps = {bytes((day.year - 1900, day.month, day.day)) for day in (today, MOMENT)}
    assert [data.count(stamp) > 0 for stamp in sorted(stamps)] == [True, False]
    assert f"{today:%Y%m}".encode() not in data


def test_our_reader_agrees():
    """What was put in is what comes out."""
    data = image(FILES, "cidata")
    assert recognises(data)
    assert contents(data, 1 << 20) == FILES


@pytest.mark.judge
@pytest.mark.parametrize("names", ["-R", "-J"], ids=["rock-ridge", "joliet"])
def test_isoinfo_reads_the_same_bytes(iso, names):
    """By both kinds of names, from an independent reader's own parser."""
    isoinfo = judge("isoinfo")
    listed = said(isoinfo, names, "-f", "-i", iso).split()
    assert sorted(name for name in listed if name[1:] in FILES) == sorted(f"/{name}" for name in FILES)
    for name, data in FILES.items():
        assert said(isoinfo, names, "-x", f"/{name}", "-i", iso).encode("latin-1") == data


@pytest.mark.judge
def test_bsdtar_extracts_the_same_bytes(iso, tmp_path):
    """Files and folders of root's, which nobody else reads, all of one moment."""
    bsdtar, out = judge("bsdtar"), tmp_path / "out"
    out.mkdir()
    said(bsdtar, "-C", out, "-xf", iso)
    assert {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()} == FILES
    rows = [line.split() for line in said(bsdtar, "-tvf", iso).splitlines()]
    assert {(*row[2:4], *row[5:8]) for row in rows} == {("0", "0", "Jan", "1", "1980")}
    assert {row[0] for row in rows if row[8] != "."} == {"-r--------", "dr-x------"}


@pytest.mark.judge
def test_the_label_is_what_machines_look_for(iso):
    """As blkid tells udev, and xorriso reads it; nothing in the descriptor is of today."""
    assert "\nLABEL=cidata\n" in said(judge("blkid"), "-p", "-o", "export", iso)
    told = dict(re.findall(r"^(\w[\w. ]*?) *: (.*)$", said(judge("xorriso"), "-indev", iso, "-pvd_info"), re.MULTILINE))
    assert told["Volume Id"] == "cidata"
    assert told["App Id"] == "CLOUDGEN"
    moments = {told[key] for key in ("Creation Time", "Modif. Time", "Eff. Time")}
    assert moments == {MOMENT.strftime("%Y%m%d%H%M%S00")}
    assert set(told["Expir. Time"]) == {"0"}


def test_without_the_library_it_is_told(monkeypatch):
    """Where the extra is not installed, the remedy is its name."""
    monkeypatch.setitem(sys.modules, "pycdlib", None)
    with pytest.raises(Refused, match="need pycdlib") as refused:
        image(FILES, "cidata")
    assert refused.value.report.problems[0].remedy == "pip install 'cloudgen[seed]'"
