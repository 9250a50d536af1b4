"""Each tool lets a good input pass and refuses a broken one: a judge that cannot fail would prove nothing."""

import pytest

from tests.judges import cloud_init, etcd, shell, systemd
from tests.judging import ROOT, missing

pytestmark = pytest.mark.judge

CLOUD_CONFIG = "#cloud-config\nwrite_files: [{path: /etc/a, content: b, permissions: '0644'}]\n"
NETWORK = "version: 2\nethernets: {all: {match: {name: 'e*'}, dhcp4: true}}\n"
UNIT = "[Unit]\nWants=network-online.target\nAfter=network-online.target\n[Service]\nExecStart=/usr/bin/kubelet\n"
ETCD = """
apiVersion: v1
kind: Pod
metadata: {name: etcd}
spec:
  containers:
  - name: etcd
    image: registry.k8s.io/etcd:3.5.1-0
    command: [etcd]
    args:
    - --name=master-0
    - --initial-cluster=master-0=https://10.0.0.1:2380,master-1=https://10.0.0.2:2380
    - --initial-advertise-peer-urls=https://10.0.0.1:2380
    - --advertise-client-urls=https://10.0.0.1:2379
    - --listen-client-urls=https://0.0.0.0:2379
    - --listen-peer-urls=https://0.0.0.0:2380
    - --data-dir=/var/lib/etcd
    - --trusted-ca-file=/pki/ca.pem
    - --cert-file=/pki/server.pem
    - --key-file=/pki/server-key.pem
    - --client-cert-auth=true
    - --peer-trusted-ca-file=/pki/ca.pem
    - --peer-cert-file=/pki/peer.pem
    - --peer-key-file=/pki/peer-key.pem
    - --peer-client-cert-auth=true
"""


def test_cloud_init_passes_a_good_text():
    """Every version at hand agrees with a plain cloud-config."""
    assert cloud_init.schema_problems(CLOUD_CONFIG) == []


@pytest.mark.parametrize("bad", ["'0644'}]\n", "CLOUD"])
def test_every_cloud_init_refuses_a_number_as_mode(bad):
    """An unquoted mode is no text: each version says so, under its own name."""
    text = CLOUD_CONFIG.replace("'0644'", "644") if bad != "CLOUD" else CLOUD_CONFIG.replace("permissions", "mode")
    told = {p.split(":")[0] for p in cloud_init.schema_problems(text)}
    assert told == {version.name for version in cloud_init.cloud_inits()}


@pytest.fixture
def newer():
    """A newer cloud-init than the system's, or a visible skip."""
    return [version for version in cloud_init.cloud_inits() if version.root] or missing("a newer cloud-init")


@pytest.mark.usefixtures("newer")
def test_newer_cloud_init_refuses_an_unknown_key():
    """The system's version may be lenient about keys that it does not know; the newer ones are not."""
    assert any("foo" in p for p in cloud_init.schema_problems(CLOUD_CONFIG + "foo: 1\n"))


@pytest.mark.usefixtures("newer")
def test_network_config_is_judged():
    """The newer versions know network-config as well."""
    assert cloud_init.network_problems(NETWORK) == []
    assert cloud_init.network_problems(NETWORK.replace("dhcp4: true", "dhcp4: {}"))


@pytest.fixture
def tree(tmp_path):
    """A file tree with one unit, which a test may spoil."""
    folder = tmp_path / "etc/systemd/system"
    folder.mkdir(parents=True)
    (folder / "kubelet.service").write_text(UNIT)
    return tmp_path


def test_systemd_passes_a_good_unit(tree):
    """A unit whose program a download brings needs no more than a stand-in."""
    assert systemd.unit_problems(tree) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("ExecStart", "ExecStrat", "Unknown key 'ExecStrat'"),
        ("/usr/bin/kubelet", "/usr/local/lib/cloudgen/absent.sh", "absent.sh"),
        ("/usr/bin/kubelet", "kubelet\nUser", "kubelet.service"),
        ("Wants=", "Requires=absent.service\nWants=", "absent.service not found"),
        ("[Service]", "[Service]\nType=forks", "forks"),
    ],
)
def test_systemd_refuses_a_broken_unit(tree, old, new, told):
    """Unknown keys and values, programs that nothing brings, and needed units that do not exist are told."""
    (tree / "etc/systemd/system/kubelet.service").write_text(UNIT.replace(old, new, 1))
    assert any(told in problem for problem in systemd.unit_problems(tree))


def test_systemd_judges_drop_ins(tree):
    """A drop-in counts as its unit does."""
    (tree / "etc/systemd/system/kubelet.service.d").mkdir()
    (tree / "etc/systemd/system/kubelet.service.d/10-a.conf").write_text("[Service]\nRestrat=always\n")
    assert any("Restrat" in problem for problem in systemd.unit_problems(tree))


def test_systemd_says_when_it_judged_nothing(tmp_path):
    """A tree without units is no agreement."""
    assert systemd.unit_problems(tmp_path) != []


def test_shellcheck_judges_scripts(tmp_path):
    """A good script passes, a fault in any script is told with its file, and an empty tree is no agreement."""
    assert shell.script_problems(tmp_path) != []
    (tmp_path / "good").write_text('#!/bin/bash\nset -euo pipefail\necho "$1"\n')
    assert shell.script_problems(tmp_path) == []
    (tmp_path / "bad.sh").write_text("#!/bin/sh\nrm $1\n")
    assert any(problem.startswith("bad.sh:2") for problem in shell.script_problems(tmp_path))


@pytest.mark.parametrize("folder", ["cloudgen", ".ci"])
def test_shellcheck_has_nothing_against_our_own_scripts(folder):
    """What runs on a machine, and what runs in CI, are linted as they stand."""
    assert shell.script_problems(ROOT / folder) == []


def test_etcd_flags_are_linted():
    """Every etcd at hand parses the flags; an unknown one is refused by each."""
    for binary in etcd.etcds():
        flags = etcd.manifest_flags(ETCD)
        assert binary.flag_problems(flags) == []
        assert binary.flag_problems([*flags, "--absent=1"]) != []


def test_etcd_starts(tmp_path):
    """One member with a manifest's flags becomes healthy and lets nobody in without a certificate."""
    for binary in etcd.etcds():
        folder = tmp_path / str(binary.version)
        folder.mkdir()
        assert binary.start_problems(etcd.manifest_flags(ETCD), folder) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("--name=master-0", "--name=master-0\n    - --quota-backend-bytes=x", "ended with exit code"),
        ("--name=master-0", "--name=master-0\n    - --election-timeout=10", "ended with exit code"),
    ],
)
def test_etcd_that_does_not_come_up_is_told(tmp_path, old, new, told):
    """A value that stops it is told, with the end of its log."""
    flags = etcd.manifest_flags(ETCD.replace(old, new, 1))
    assert any(told in problem for problem in etcd.etcds("3.5")[0].start_problems(flags, tmp_path))


def test_etcd_that_lets_anybody_in_is_told(tmp_path):
    """Healthy is not enough: without its authority etcd asks no client for a certificate."""
    asking = ("--trusted-ca-file", "--client-cert-auth")
    flags = [flag for flag in etcd.manifest_flags(ETCD) if not flag.startswith(asking)]
    assert any("was let in" in problem for problem in etcd.etcds("3.5")[0].start_problems(flags, tmp_path))
