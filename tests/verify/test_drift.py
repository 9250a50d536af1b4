"""A machine's files against those that a spec makes."""

import pytest

from cloudgen.assemble import lower
from cloudgen.verify import Kind, Machine, Seen, check_drift, rendered_paths
from tests.specs import node
from tests.verify.machines import Disk, booted

FLAGS, LIBRARY = "/etc/kubernetes/kubelet/service/kubelet-args.env", "/usr/local/lib/cloudgen"
SECRET = {"files": [{"path": "/etc/pull", "contentFrom": {"secret": "registry"}, "mode": "0600"}]}


@pytest.fixture
def disk() -> Disk:
    return booted()


def drift(disk: Disk, **sections) -> list[str]:
    made = lower(node(**sections))
    files = {path: disk.get(path, Seen(kind=Kind.ABSENT)) for path in rendered_paths(made)}
    return [f"{f.state} {f.subject}: {f.message}" for f in check_drift(Machine(files=files), made)]


def test_a_machine_of_this_spec(disk):
    """All that it makes, but the tokens, which are exchanged by now."""
    (found,) = drift(disk)
    assert found.startswith("ok : ")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda d: d.drop(FLAGS), f"fail {FLAGS}: missing"),
        (lambda d: d.change(f"{LIBRARY}/pki.sh", mode=0o644), f"fail {LIBRARY}/pki.sh: its mode is 0644, not 0755"),
        (
            lambda d: d.put(FLAGS, d[FLAGS].text.replace("--v=2", "--v=4"), 0o644),
            f"fail {FLAGS}: is not what the spec makes of it, from line 8 on",
        ),
        (
            lambda d: d.put(FLAGS, d[FLAGS].text + "A=1\n", 0o644),
            f"fail {FLAGS}: is not what the spec makes of it, from",
        ),
        (lambda d: d.put(FLAGS, "", 0o644), f"fail {FLAGS}: is not what the spec makes of it, from line 1 on"),
        (lambda d: d.put("/var/lib/key-keeper", ""), "fail /var/lib/key-keeper: is no folder"),
    ],
)
def test_what_was_changed_is_told(disk, spoil, told):
    """Where, not what: it may be a secret."""
    spoil(disk)
    (found,) = drift(disk)
    assert found.startswith(told)


def test_a_spec_that_moved_on(disk):
    """Every file that another version makes otherwise."""
    changed = {line.split()[1].rstrip(":") for line in drift(disk, kubernetesVersion="v1.31.0")}
    assert "/etc/kubernetes/manifests/kube-apiserver.yaml" in changed
    assert "/etc/kubernetes/admin.conf" not in changed


def test_a_secret_is_there(disk):
    """It cannot be compared without secrets; empty it is none."""
    assert drift(disk, **SECRET) == ["fail /etc/pull: missing"]
    disk.put("/etc/pull", "{}", 0o600)
    assert len(drift(disk, **SECRET)) == 1
    disk.put("/etc/pull", "", 0o600)
    assert drift(disk, **SECRET) == ["fail /etc/pull: empty: it should hold a secret"]
