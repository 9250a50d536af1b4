from typing import Any

import pytest

from cloudgen.pieces import Directory
from tests.specs import content, node, paths

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
