"""`cloudgen verify --root` on a machine that booted from its user-data, and on the same machine spoilt."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cloudgen.edge.cli.app import app
from tests.vault.machine import Machine

POST_INSTALL = "nothing is applied yet"


@pytest.fixture(scope="module")
def whole(masters):
    """A master after its bootstrap: downloads are left out, and what systemctl was told to enable is enabled."""
    machine = masters["master-0"]
    (machine.etc / "downloads").write_text("")
    (machine.root / "etc/resolv.conf").write_text("nameserver 192.0.2.1\n")
    (machine.root / "etc/fstab").write_text("")
    (machine.root / "etc/hosts").write_text("127.0.0.1 localhost\n")
    with (machine.etc / "bootstrap.env").open("a") as settings:
        settings.write(f'ETCD_DATA_DIR="{machine.root}/var/lib/etcd"\n')
    machine.stub("uname", f"echo {machine.facts.machine.node}")
    code, output = machine.run("bootstrap.sh")
    assert code == 0, output
    wants = machine.root / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir()
    for call in machine.calls:
        if call.startswith("systemctl enable "):
            for unit in call.split()[2:]:
                (wants / unit).symlink_to(f"/etc/systemd/system/{unit}")
    return linked(machine)


def linked(machine: Machine) -> Machine:
    """Its tables name paths with its root before them: below the root they are found through a link of its own."""
    inner = machine.root / str(machine.root).lstrip("/")
    inner.parent.mkdir(parents=True)
    inner.symlink_to("/")
    return machine


def verified(root: Path) -> tuple[int, list[dict[str, str]]]:
    result = CliRunner().invoke(app, ["verify", "--root", str(root), "--json"])
    assert result.stderr == ""
    return result.exit_code, json.loads(result.stdout)["checks"]


def test_a_booted_machine_is_good(whole: Machine):
    """Nothing fails, only the API was not there to apply manifests; each of the 16 certificates tells its end."""
    code, checks = verified(whole.root)
    assert [c for c in checks if c["state"] in {"fail", "warning"} and POST_INSTALL not in c["message"]] == [], checks
    assert code == 0
    ends = [c for c in checks if c["check"] == "certificates" and c["message"].startswith("ends ")]
    assert len(ends) == 16
    assert {c["check"] for c in checks if c["state"] == "skipped"} == {
        "running units", "names", "etcd", "api", "nodes", "pods"
    }  # fmt: skip


def of(machine: Machine, name: str) -> str:
    """Where a certificate of the machine lies below its root."""
    return machine.pki.certificate(name).path.removeprefix(f"{machine.root}/")


@pytest.fixture
def spoilt(whole: Machine, tmp_path: Path):
    """A copy of the machine's root; a change to it, and then what fails: the check, the file's name and the message."""
    root = tmp_path / "copy"
    shutil.copytree(whole.root, root, symlinks=True)

    def told() -> list[tuple[str, str, str]]:
        code, checks = verified(root)
        fails = [(c["check"], Path(c["subject"]).name, c["message"]) for c in checks if c["state"] == "fail"]
        assert code == bool(fails)
        return fails

    return root, told


def test_a_copy_is_as_good(spoilt):
    """What is spoilt below is the only fault of each."""
    assert spoilt[1]() == []


def test_spoilt_certificates(spoilt, whole: Machine, masters):
    """Missing, of another machine, of another authority, with another's key: each in one line of its own."""
    root, told = spoilt
    (root / of(whole, "etcd-peer")).unlink()
    other = masters["master-1"]
    shutil.copy(Path(other.pki.certificate("kubelet-client").path), root / of(whole, "kubelet-client"))
    shutil.copy(root / of(whole, "front-proxy-client"), root / of(whole, "kube-scheduler-client"))
    node, their_node = whole.facts.machine.node, other.facts.machine.node
    assert ("certificates", "etcd-peer.pem", "missing") in told()
    found = {name: [message for _, n, message in told() if n == name] for _, name, _ in told()}
    assert found["kubelet-client.pem"][-1] == f"is of system:node:{their_node} (CN), not of system:node:{node}"
    assert found["kubelet-client.pem"][0].startswith("does not match its key ")
    assert "is not of the authority" in found["kube-scheduler-client.pem"][-1]
    assert set(found) == {"etcd-peer.pem", "kubelet-client.pem", "kube-scheduler-client.pem"}


def test_spoilt_files(spoilt, whole: Machine):
    """Modes, identities, kubeconfigs, manifests, markers, units: the right line for each."""
    root, told = spoilt
    kubernetes = root / "etc/kubernetes"
    Path(root / of(whole, "kube-apiserver")).with_name("kube-apiserver-key.pem").chmod(0o644)
    (root / "var/lib/key-keeper/vault/etcd-ca/secret-id").write_text("")
    (kubernetes / "admin.conf").write_text("{}")
    (kubernetes / "manifests/etcd.yaml").unlink()
    (root / "etc/systemd/system/multi-user.target.wants/kubelet.service").unlink()
    (root / "var/lib/etcd").chmod(0o755)
    assert sorted(told()) == [
        ("certificates", "kube-apiserver-key.pem", "its mode is 0644: others may read it"),
        ("etcd data", "etcd", "its mode is 0755: others may read it"),
        ("identities", "secret-id", "empty"),
        ("kubeconfigs", "admin.conf", "is no kubeconfig, or a damaged one"),
        ("static pods", "etcd", f"there is no manifest of it in {whole.root}/etc/kubernetes/manifests"),
        ("units", "kubelet.service", "is not enabled: it would not start at boot"),
    ]


def test_before_the_first_boot(making):
    """What user-data brought alone: the bootstrap has not run, and no token was exchanged."""
    machine = linked(making())
    code, checks = verified(machine.root)
    said = {(c["check"], c["message"]) for c in checks}
    assert code == 1
    assert ("bootstrap", "has never run") in said
    assert ("identities", "of each of 17 issuers: its token was not exchanged yet") in said
    assert ("certificates", "none of the 31 files is there") in said


def test_links_that_lead_out_lead_nowhere(spoilt, whole: Machine):
    """A certificate that is a link to a good file outside of the root is not there."""
    root, told = spoilt
    path = root / of(whole, "kubeadm-client")
    outside = root.parent / "outside.pem"
    shutil.move(path, outside)
    path.symlink_to(f"../../../../../../../../../../../../..{outside}")
    assert told() == [("certificates", "kubeadm-client.pem", "missing")]
