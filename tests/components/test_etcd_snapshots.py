import subprocess
from typing import Any

import pytest

from cloudgen.pieces import Directory
from tests.specs import content, messages, node, paths

UNITS = "/etc/systemd/system"


def test_it_is_an_option():
    """Without it nothing of it is there, not even the script."""
    assert not [path for path in paths() if "etcd-snapshot" in path]


@pytest.mark.parametrize("name", ["cloudgen-etcd-snapshot.service", "cloudgen-etcd-snapshot.timer"])
def test_units(name, golden):
    """The timer and its service."""
    assert content(f"{UNITS}/{name}", etcdSnapshots={"enabled": True}) == golden(name=name)


def test_settings():
    """Schedule, number and folder are followed; the folder is root's alone."""
    sections: dict[str, Any] = {
        "etcdSnapshots": {"enabled": True, "schedule": "hourly", "keep": 3, "directory": "/data/s"}
    }
    text = content("/etc/cloudgen/etcd-snapshot.env", **sections)
    assert 'ETCD_SNAPSHOT_DIR="/data/s"\nETCD_SNAPSHOT_KEEP="3"\n' in text
    assert "OnCalendar=hourly\n" in content(f"{UNITS}/cloudgen-etcd-snapshot.timer", **sections)
    assert Directory(path="/data/s", mode=0o700) in node(**sections).of(Directory)


TIMES = [
    "daily",
    "Mon..Fri 10:00",
    "daily UTC",
    "Mon,Wed *-*-* 0/6:00:00 Europe/Moscow",
    "*:0/15",
    "*-*~1",
    "mon",
    "1-1",
    "*-*-* 00:00:00.5",
    "Sunday *-*-1..7 2:30",
    "Sat,Thu,Mon..Wed,Sat..Sun",
    "semi-annually",
    "2030-02-01,05 4:20 UTC",
]
NO_TIMES = ["", "every day", "@daily", "0 3 * * *", "*", "12", "*-*-* 25:00:00", "10:60", "Mon..", "now", "10:00 daily"]


@pytest.mark.parametrize("schedule", TIMES)
def test_times(schedule):
    """What systemd reads as a time is one."""
    assert messages(etcdSnapshots={"enabled": True, "schedule": schedule}) == []


@pytest.mark.parametrize("schedule", NO_TIMES)
def test_what_is_no_time_is_told(schedule):
    """The bootstrap would fail when it starts the timer."""
    assert messages(etcdSnapshots={"enabled": True, "schedule": schedule})


@pytest.mark.judge
def test_systemd_agrees():
    """Of all these systemd says the same."""
    judged = {time: run(["systemd-analyze", "calendar", time]) for time in (*TIMES, *NO_TIMES)}
    assert judged == dict.fromkeys(TIMES, 0) | dict.fromkeys(NO_TIMES, 1)


def run(command: list[str]) -> int:
    """How it ends."""
    return subprocess.run(command, capture_output=True, check=False).returncode
