"""A master that Ignition writes, as on Flatcar or Fedora CoreOS, here over Debian: no cloud-init has a part in it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.judges import ignition
from tests.lab.calls import until
from tests.lab.cluster import Cluster
from tests.lab.conftest import Lab
from tests.lab.machine import Machine

pytestmark = pytest.mark.lab
COMMANDS = "cloudgen-commands.service"


class Ignited(Machine):
    """Written by Ignition's engine before its first boot, as the initial RAM disk would have it."""

    def seed(self, user_data: bytes) -> None:
        self.write("/etc/cloud/cloud-init.disabled", "")
        # Without it systemd takes a boot for the first one, in which it heeds what Ignition enabled.
        (self.root / "etc/machine-id").unlink(missing_ok=True)
        # Debian's own presets enable all that is there; networkd would wait two minutes for a card that is not its own.
        for unit in ("systemd-networkd.service", "systemd-networkd-wait-online.service"):
            (self.root / "etc/systemd/system" / unit).symlink_to("/dev/null")
        ignition.stages(user_data, self.folder / "config.ign", self.root)


class IgnitedCluster(Cluster):
    """Of such machines."""

    kind = Ignited


@contextmanager
def ignited(lab: Lab, number: int) -> Iterator[Cluster]:
    """One master, with a disk for etcd, a user and a command of its own."""
    cluster = IgnitedCluster(
        lab.world,
        number,
        masters=1,
        disks=True,
        provider="generic",
        format="ignition",
        formatVersion="3.3.0",  # Debian's engine knows no newer one
        packing="ignition-gzip",
        host={"users": [{"name": "ops", "groups": ["adm", "own"], "sudo": True}]},
        commands=[{"shell": "echo once >>/var/lib/own-command; kubectl version --client"}],
    )
    try:
        cluster.vault.start()
        yield cluster
    finally:
        cluster.destroy()


def test_a_master_boots_from_ignition(lab: Lab):
    """From the packed config to ready pods, with etcd on its disk; the user's command runs once, after all else."""
    with ignited(lab, 30) as cluster:
        cluster.mint()
        cluster.boot()
        machine = cluster.machines["master-0"]

        def ended() -> bool:
            return machine.tried("systemctl", "is-active", COMMANDS)[1] in {"active", "failed"}

        until(400, "the commands have ended", ended, pause=2)
        _, said = machine.tried("journalctl", "--no-pager", "--unit", COMMANDS)
        assert machine.tried("systemctl", "is-active", COMMANDS) == (0, "active"), said
        assert machine.has("/var/lib/cloudgen/done")
        assert machine.read("/var/lib/own-command") == "once\n"
        assert machine.run("hostname") == "master-0-lab"
        assert set(machine.run("id", "-Gn", "ops").split()) == {"ops", "adm", "own"}
        cluster.certified()
        cluster.running()
        made = cluster.disks["master-0"].made()
        assert made
        assert _etcd_is_on(machine, cluster.disks["master-0"].device)

        machine.reboot()
        cluster.running()
        assert cluster.disks["master-0"].made() == made
        assert _etcd_is_on(machine, cluster.disks["master-0"].device)
        assert machine.read("/var/lib/own-command") == "once\n"
        verify = (sys.executable, "-m", "cloudgen", "verify")
        until(120, "verify is content", lambda: machine.tried(*verify, timeout=60)[0] == 0, pause=3)


def _etcd_is_on(machine: Machine, device: Path) -> bool:
    """Whether its data lies on this disk."""
    mounted = machine.run("findmnt", "--noheadings", "--output=SOURCE", "--mountpoint", "/var/lib/etcd")
    return mounted == str(device) and machine.tried("test", "-d", "/var/lib/etcd/member/wal")[0] == 0
