"""Masters that Ignition writes, as on Flatcar or Fedora CoreOS, here over Debian: no cloud-init has a part in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.judges import ignition
from tests.lab import control_plane
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
    """Three masters, each with a disk for etcd, a user and a command of its own."""
    cluster = IgnitedCluster(
        lab.world,
        number,
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


def test_three_masters_boot_from_ignition(lab: Lab):
    """From packed configs to a control plane, with etcd on its disks; the user's command runs once, after all else."""
    with ignited(lab, 30) as cluster:
        cluster.mint()
        cluster.boot()
        for name, machine in cluster.machines.items():
            _has_ended(machine)
            assert machine.run("hostname") == cluster.node(name)
            assert set(machine.run("id", "-Gn", "ops").split()) == {"ops", "adm", "own"}
        cluster.certified()
        cluster.running()
        control_plane.pki_is_whole(cluster)
        control_plane.etcd_is_healthy(cluster)
        control_plane.nodes_are_ready(cluster)
        control_plane.role_binding_is_applied(cluster)
        control_plane.logs_cross_masters(cluster)
        for name, machine in cluster.machines.items():
            assert cluster.disks[name].made()
            assert _etcd_is_on(machine, cluster.disks[name].device)
            _is_verified(machine)
            assert machine.run("systemctl", "--failed", "--plain", "--no-legend") == ""

        machine, disk = cluster.machines["master-0"], cluster.disks["master-0"]
        made = disk.made()
        machine.reboot()
        cluster.running("master-1")
        cluster.running()
        assert disk.made() == made
        assert _etcd_is_on(machine, disk.device)
        assert machine.read("/var/lib/own-command") == "once\n"
        _is_verified(machine)


def _has_ended(machine: Machine) -> None:
    """Wait until the bootstrap and the user's command behind it have, and both well."""

    def ended() -> bool:
        return machine.tried("systemctl", "is-active", COMMANDS)[1] in {"active", "failed"}

    until(400, "the commands have ended", ended, pause=2)
    _, said = machine.tried("journalctl", "--no-pager", "--unit", COMMANDS)
    assert machine.tried("systemctl", "is-active", COMMANDS) == (0, "active"), said
    assert machine.has("/var/lib/cloudgen/done")
    assert machine.read("/var/lib/own-command") == "once\n"


def _is_verified(machine: Machine) -> None:
    until(120, "verify is content", lambda: machine.verified()[0] == 0, pause=3)


def _etcd_is_on(machine: Machine, device: Path) -> bool:
    """Whether its data lies on this disk."""
    mounted = machine.run("findmnt", "--noheadings", "--output=SOURCE", "--mountpoint", "/var/lib/etcd")
    return mounted == str(device) and machine.tried("test", "-d", "/var/lib/etcd/member/wal")[0] == 0
