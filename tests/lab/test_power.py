"""Machines that lose their power, or their disk."""

import pytest

from tests.lab.calls import until
from tests.lab.conftest import Lab
from tests.lab.machine import Machine
from tests.lab.parts.mirror import Fault

pytestmark = pytest.mark.lab
STATE = "/var/lib/cloudgen"


def _reaches(machine: Machine, step: str) -> None:
    at_work = f"{STATE}/step"
    until(240, f"step {step}", lambda: machine.has(at_work) and machine.read(at_work) == step, pause=0.2)


def test_power_cuts_during_the_bootstrap(lab: Lab):
    """Once before the tokens are used, once between downloads: the third boot ends what the first began."""
    with lab.cluster(14, masters=1) as cluster:
        (sums,) = [path for path in lab.mirror.files if path.endswith("SHA256SUMS")]
        lab.mirror.faults[sums] = Fault(cut=10)
        cluster.mint()
        cluster.vault.stop()
        cluster.boot()
        machine = cluster.machines["master-0"]
        _reaches(machine, "unwrap")
        machine.cut_power()

        cluster.vault.start()
        machine.boot()
        _reaches(machine, "downloads")
        until(120, "the first files are there", lambda: machine.has(f"{STATE}/downloads/containerd"))
        until(60, "the cut download", lambda: lab.mirror.requests[sums] > 0)
        machine.cut_power()
        assert not machine.has(f"{STATE}/failed")
        assert not machine.has(f"{STATE}/done")

        lab.mirror.faults.clear()
        lab.mirror.requests.clear()
        machine.boot()
        until(240, "the bootstrap is done", lambda: machine.has(f"{STATE}/done"))
        log = machine.read(f"{STATE}/bootstrap.log")
        assert log.count(" RUN ") == 3
        assert log.count("role-id and secret-id are in place") == 17
        assert "SECURITY" not in log
        assert not any(path.endswith("/kubelet") for path in lab.mirror.requests), "nothing is downloaded twice"
        cluster.certified()


def test_kubelet_refuses_to_start_without_etcd_s_disk(lab: Lab):
    """A boot without the disk starts no empty etcd on the root disk; once it is plugged in all is as before."""
    with lab.cluster(15, masters=1, disks=True) as cluster:
        cluster.mint()
        cluster.boot()
        cluster.bootstrapped()
        machine, disk = cluster.machines["master-0"], cluster.disks["master-0"]
        made = disk.made()
        assert made
        until(300, "etcd runs", lambda: machine.tried("pgrep", "-x", "etcd")[0] == 0, pause=2)
        machine.cut_power()

        machine.boot(with_disks=False)
        until(200, "kubelet is refused", lambda: _refused(machine), pause=2)
        assert machine.run("ls", "/var/lib/etcd") == ""
        assert machine.tried("pgrep", "-x", "etcd")[0] == 1

        machine.plug(disk)
        until(
            300, "etcd's disk is mounted", lambda: machine.tried("mountpoint", "-q", "/var/lib/etcd")[0] == 0, pause=2
        )
        until(300, "etcd runs", lambda: machine.tried("pgrep", "-x", "etcd")[0] == 0, pause=2)
        cluster.running()
        assert disk.made() == made
        assert machine.run("findmnt", "-n", "-o", "SOURCE", "/var/lib/etcd") == str(disk.device)


def _refused(machine: Machine) -> bool:
    said = machine.run("journalctl", "--boot", "--no-pager", "--unit=kubelet")
    return "refusing to start etcd empty" in said
