"""What the download mirror may do to a master: the step is named, nothing is half there, a second run completes."""

from pathlib import Path
from typing import Final

import pytest

from tests.lab.calls import until
from tests.lab.conftest import Lab
from tests.lab.parts.mirror import Fault

pytestmark = pytest.mark.lab
LIBRARY: Final = "/usr/local/lib/cloudgen"
EC2_LIMIT: Final = 16_384
"""The narrowest: bytes of user-data that EC2 takes."""


def test_wrong_checksum_and_cut_connections(lab: Lab):
    """One file is not what its publisher says, the connection of another always breaks; all others are installed."""
    with lab.cluster(11, masters=1) as cluster:
        lab.mirror.faults |= {_path(lab, "/kubelet"): Fault(wrong=True), _path(lab, "SHA256SUMS"): Fault(cut=10)}
        cluster.mint()
        cluster.boot()
        machine = cluster.machines["master-0"]
        code, said = machine.tried("cloud-init", "status", "--wait", timeout=400)
        assert (code, said.strip(".\n ")) == (1, "status: error")
        failed = machine.read("/var/lib/cloudgen/failed")
        assert failed.startswith("step=downloads\ncode=40\n"), failed
        assert "kubelet: sha256 is " in failed
        assert "not installed: kubelet etcdctl" in failed
        present = machine.run("find", "/usr/bin", "-regex", r".*/\(kube\|etcd\|\.cloudgen-\).*")
        assert present.split() == ["/usr/bin/kubectl"]
        assert machine.tried("systemctl", "is-active", "kubelet", "key-keeper")[0] != 0

        lab.mirror.faults.clear()
        machine.run("systemctl", "restart", "cloudgen-bootstrap", timeout=300)
        assert machine.has("/var/lib/cloudgen/done")
        assert not machine.has("/var/lib/cloudgen/failed")
        cluster.certified()


def test_scripts_are_fetched(lab: Lab):
    """Where user-data is narrow, one script travels: changed ones are refused and named, right ones make the master."""
    with lab.cluster(16, masters=1, provider="aws") as cluster:
        served = Path(cluster.cloudgen("scripts", "--out", str(cluster.folder)).partition(" ")[0])
        path, changed = f"/{served.name}", cluster.folder / "changed.tar"
        changed.write_bytes(served.read_bytes().replace(b"first", b"other", 1))  # an archive that would work
        usual = lab.mirror.files
        lab.mirror.files = {**usual, path: changed}
        cluster.mint()
        assert len(cluster.user_data("master-0")) < EC2_LIMIT
        cluster.boot()
        machine = cluster.machines["master-0"]
        code, said = machine.tried("cloud-init", "status", "--wait", timeout=400)
        assert (code, said.strip(".\n ")) == (1, "status: error")
        failed = machine.read("/var/lib/cloudgen/failed")
        assert failed.startswith("step=fetch\ncode=41\n"), failed
        assert ": thrown away" in failed
        assert machine.run("ls", LIBRARY).split() == ["fetch.sh"]
        assert not machine.has("/usr/bin/kubelet")

        lab.mirror.files = {**usual, path: served}
        machine.run("systemctl", "restart", "cloudgen-bootstrap", timeout=300)
        assert machine.has("/var/lib/cloudgen/done")
        cluster.certified()
        cluster.running()
        asked = lab.mirror.requests[path]
        machine.reboot()
        until(120, "kubelet runs again", lambda: machine.tried("systemctl", "is-active", "kubelet")[0] == 0)
        assert lab.mirror.requests[path] == asked == 2, "cloud-init asks for none itself"


def _path(lab: Lab, end: str) -> str:
    (found,) = [path for path in lab.mirror.files if path.endswith(end)]
    return found
