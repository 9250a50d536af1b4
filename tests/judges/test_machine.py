"""The judges of a whole machine: they find what they judge by themselves, and say which file is at fault."""

import pytest

from tests.judges.machine import judged, machine_problems, pod_problems

pytestmark = pytest.mark.judge

ETCD = """
apiVersion: v1
kind: Pod
metadata: {name: etcd}
spec: {containers: [{name: etcd, image: 'registry.k8s.io/etcd:3.5.1-0', command: [etcd, --data-dir=/a]}]}
"""
FILES = {
    "etc/systemd/system/kubelet.service": "[Service]\nExecStart=/usr/bin/kubelet\n",
    "usr/local/lib/cloudgen/a.sh": "#!/bin/bash\nset -euo pipefail\necho a\n",
    "etc/kubernetes/manifests/etcd.yaml": ETCD,
    "etc/kubernetes/kubelet/config.yaml": "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n",
    "etc/kubernetes/audit.yaml": "apiVersion: audit.k8s.io/v1\nkind: Policy\n",
    "etc/hostname": "master-0\n",
}


@pytest.fixture
def root(tmp_path):
    """A small machine, which a test may spoil."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_good_machine_passes(root):
    """Nothing is said to a good machine, and every judge had its files."""
    assert machine_problems(root, "1.23") == []
    assert {kind: [f.name for f in files] for kind, files in judged(root).items()} == {
        "kubelet": ["config.yaml"],
        "manifest": ["etcd.yaml"],
    }


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("etc/systemd/system/kubelet.service", "ExecStart", "ExecStrat", "kubelet.service"),
        ("usr/local/lib/cloudgen/a.sh", "echo a", "echo $1", "a.sh:3"),
        ("etc/kubernetes/manifests/etcd.yaml", "--data-dir", "--data-dri", "etcd.yaml: etcd 3.5.1 has no flag"),
        ("etc/kubernetes/manifests/etcd.yaml", "command", "comand", "etcd.yaml: "),
        ("etc/kubernetes/kubelet/config.yaml", "kind", "absent: 1\nkind", "config.yaml: KubeletConfiguration of 1.23"),
        ("etc/kubernetes/kubelet/config.yaml", "kind", "kind: a\nkind", "config.yaml: "),
    ],
)
def test_a_fault_is_told_with_its_file(root, file, old, new, told):
    """Whichever file is spoilt, its judge is asked and names it."""
    (root / file).write_text(FILES[file].replace(old, new))
    assert any(told in problem for problem in machine_problems(root, "1.23"))


def test_flags_follow_the_image():
    """etcd's flags are held against the version in its image's tag."""
    old, new = ETCD.replace("--data-dir", "--tls-min-version"), "3.5.8-0"
    assert pod_problems(old, "1.23") == ["etcd 3.5.1 has no flag --tls-min-version"]
    assert pod_problems(old.replace("3.5.1-0", new), "1.23") == []
