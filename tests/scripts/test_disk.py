"""The step `disk` of bootstrap.sh, on real loop devices."""

import itertools
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.judging import missing
from tests.scripts.sandbox import Sandbox

_NUMBERS = itertools.count()
"""A label for each disk: one that was taken away is seen for as long as another test's blkid looks at it."""


class Disk:
    """A real loop device and the settings that name it."""

    def __init__(self, sandbox: Sandbox, device: str) -> None:
        self.sandbox, self.device, self.mount = sandbox, device, sandbox.root / "var/lib/etcd"
        sandbox.settings |= {
            "ETCD_DISK": "yes",
            "ETCD_DISK_DEVICE": device,
            "ETCD_DISK_FILESYSTEM": "ext4",
            "ETCD_DISK_LABEL": f"cg{os.getpid() % 100000}-{next(_NUMBERS)}",
            "ETCD_DATA_DIR": str(self.mount),
        }

    def value(self, tag: str) -> str:
        """A tag as blkid probes it."""
        argv = ["blkid", "-p", "-o", "value", "-s", tag, self.device]
        return subprocess.run(argv, capture_output=True, text=True, check=False).stdout.strip()

    def unmount(self) -> None:
        """Off the mount point, if it is there."""
        subprocess.run(["umount", self.mount], check=False, capture_output=True)


@pytest.fixture
def disk(booting: Sandbox, tmp_path: Path) -> Iterator[Disk]:
    image = tmp_path / "disk"
    with image.open("wb") as file:
        file.truncate(64 << 20)
    done = subprocess.run(["losetup", "-f", "--show", image], capture_output=True, text=True, check=False)
    if done.returncode:
        missing("loop device (needs root)")
    disk = Disk(booting, done.stdout.strip())
    yield disk
    disk.unmount()
    subprocess.run(["losetup", "-d", disk.device], check=True)


def test_a_blank_disk_is_formatted_labelled_mounted(disk):
    """Once; and at the next run nothing happens to what is on it."""
    code, output = disk.sandbox.run("bootstrap.sh")
    assert code == 0, output
    assert disk.value("LABEL") == disk.sandbox.settings["ETCD_DISK_LABEL"]
    assert disk.mount.is_mount()
    assert stat.S_IMODE(disk.mount.stat().st_mode) == 0o700
    (disk.mount / "member").write_text("data")
    identity = disk.value("UUID")
    for _ in range(2):
        code, output = disk.sandbox.run("bootstrap.sh")
        assert code == 0, output
        assert (disk.mount / "member").read_text() == "data"
        disk.unmount()
    assert disk.value("UUID") == identity
    lines = [x for x in (disk.sandbox.root / "etc/fstab").read_text().splitlines() if str(disk.mount) in x]
    assert lines == [f"LABEL={disk.value('LABEL')} {disk.mount} ext4 defaults,nofail,x-systemd.device-timeout=90s 0 2"]


def test_systemd_may_be_quicker_to_mount(disk):
    """It waits for the label where the line of fstab was there first; a mount that failed is still a fault."""
    disk.sandbox.stub("mount", "exit 32")
    assert disk.sandbox.run("bootstrap.sh")[0] == 32
    disk.sandbox.stub("mount", '/bin/mount "$@"; exit 32')
    code, output = disk.sandbox.run("bootstrap.sh")
    assert code == 0, output
    assert disk.mount.is_mount()


@pytest.mark.parametrize(
    "content",
    [["mkfs.ext4", "-q", "-L", "other"], ["mkfs.ext4", "-q"], ["mkswap"], ["sfdisk", "-q"]],
    ids=["other label", "no label", "swap", "partition table"],
)
def test_a_disk_that_holds_anything_is_never_formatted(disk, content):
    """Any signature, with another label or none: refused with what it holds, and every byte stays."""
    text = "label: gpt\n" if content[0] == "sfdisk" else None
    subprocess.run([*content, disk.device], input=text, text=True, check=True, capture_output=True)
    before = subprocess.run(["sha256sum", disk.device], capture_output=True, check=True).stdout
    code, output = disk.sandbox.run("bootstrap.sh")
    assert code == 1
    assert "is not blank and does not have the label" in output
    assert "not touched" in output
    assert subprocess.run(["sha256sum", disk.device], capture_output=True, check=True).stdout == before
    assert not disk.mount.is_mount()
    assert not [c for c in disk.sandbox.calls if "restart" in c]


def test_a_disk_that_cannot_be_read_is_not_blank(disk):
    """blkid's exit code 2 also means that it could not read: such a disk is not formatted."""
    disk.sandbox.stub("head", "exit 1")
    code, output = disk.sandbox.run("bootstrap.sh")
    assert (code, "cannot be read" in output) == (1, True)
    assert disk.value("TYPE") == ""


def test_etcd_data_on_the_root_disk_is_not_hidden(disk):
    """Files at the mount point are told, not mounted over."""
    disk.mount.mkdir(parents=True)
    (disk.mount / "member").mkdir()
    code, output = disk.sandbox.run("bootstrap.sh")
    assert (code, "mounting would hide them" in output) == (1, True)


def test_a_missing_disk_is_told(disk):
    """The wait for the device is bounded, and both its name and its label are told."""
    disk.sandbox.settings |= {"ETCD_DISK_DEVICE": "/dev/disk/by-id/virtio-absent", "DISK_TIMEOUT": "1"}
    code, output = disk.sandbox.run("bootstrap.sh")
    assert (code, "there is no device /dev/disk/by-id/virtio-absent" in output) == (1, True)
