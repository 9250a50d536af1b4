from typing import Any

import pytest

from cloudgen.pieces import Disk
from tests.specs import IPV6, MANIFESTS, container, content, flag, flags, messages, node

HELPERS = "/etc/profile.d/cloudgen-etcd.sh"


@pytest.mark.parametrize("version", ["3.4.0", "3.5.0-0", "3.5.11-0", "3.6.4-0"])
def test_manifest_of_a_version(version, golden):
    """The manifest as it stands at the versions at which a probe or a flag changes."""
    assert content(f"{MANIFESTS}/etcd.yaml", etcd={"version": version}) == golden(name=f"{version}.yaml")


def test_the_helpers(golden):
    """Shell functions for root, which find the members by themselves."""
    assert content(HELPERS) == golden(name="helpers.sh")


@pytest.mark.parametrize(
    ("version", "alive", "ready"),
    [
        ("3.4.13-0", "/metrics", "/health"),
        ("3.5.1-0", "/metrics", "/health"),
        ("3.5.3-0", "/health?exclude=NOSPACE&serializable=true", "/health"),
        ("3.5.10-0", "/health?exclude=NOSPACE&serializable=true", "/health"),
        ("3.5.11-0", "/livez", "/readyz"),
        ("3.6.0", "/livez", "/readyz"),
    ],
)
def test_a_lost_quorum_does_not_restart_a_member(version, alive, ready):
    """Liveness asks for what one member can answer alone; readiness asks for the whole."""
    made = container("etcd", etcd={"version": version})
    asked = {name: probe["httpGet"]["path"] for name, probe in made.items() if name.endswith("Probe")}
    assert asked == {"livenessProbe": alive, "startupProbe": alive, "readinessProbe": ready}


@pytest.mark.parametrize(("version", "kept"), [("3.5.24-0", ["10"]), ("3.6.0", []), ("3.7.0-0", [])])
def test_what_goes_with_the_v2_store_goes_with_it(version, kept):
    """Snapshot files are counted only by the versions that write them."""
    assert flag("etcd", "max-snapshots", etcd={"version": version}) == kept
    assert flag("etcd", "max-wals", etcd={"version": version}) == kept


@pytest.mark.parametrize(
    ("release", "image"),
    [
        ("v1.22.16", "3.5.0-0"),
        ("v1.22.17", "3.5.6-0"),
        ("v1.30.0", "3.5.12-0"),
        ("v1.34.0", "3.6.4-0"),
        ("v1.37.0", "3.7.0-0"),
    ],
)
def test_the_image_follows_the_release(release, image):
    """etcd's version is kubeadm's choice for the release."""
    assert container("etcd", kubernetesVersion=release)["image"] == f"registry.k8s.io/etcd:{image}"


def test_the_image_may_be_another():
    """A version, a repository, or the whole reference."""
    assert container("etcd", etcd={"version": "3.5.9-0"})["image"] == "registry.k8s.io/etcd:3.5.9-0"
    assert container("etcd", images={"repository": "a.example/k"}, etcd={"version": "3.5.9"})["image"] == (
        "a.example/k/etcd:3.5.9"
    )
    assert container("etcd", etcd={"image": "b.example/etcd:x"})["image"] == "b.example/etcd:x"


def test_members_are_every_machine_by_name():
    """All members are named alike on every machine; each advertises itself."""
    first, second = flags("etcd", "master-0"), flags("etcd", "master-1")
    peers = ",".join(f"master-{i}.example.example.org=https://master-{i}.example.example.org:2380" for i in range(3))
    assert f"--initial-cluster={peers}" in first
    assert f"--initial-cluster={peers}" in second
    assert "--initial-advertise-peer-urls=https://master-1.example.example.org:2380" in second


def test_clients_and_peers_need_a_certificate():
    """Nobody comes in without one; nothing is made up by etcd itself."""
    made = flags("etcd")
    assert {"--client-cert-auth=true", "--peer-client-cert-auth=true"} <= set(made)
    assert not [given for given in made if "auto-tls" in given]


def test_it_listens_on_the_machine_s_family():
    """IPv6 machines listen on IPv6, brackets and all."""
    assert flag("etcd", "listen-client-urls") == ["https://0.0.0.0:2379"]
    assert flag("etcd", "listen-client-urls", "a", **IPV6) == ["https://[::]:2379"]


def test_a_machine_made_anew_rejoins():
    """The state is a choice of each machine."""
    masters = [{"name": "a", "initialClusterState": "existing"}, {"name": "b"}, {"name": "c"}]
    assert flag("etcd", "initial-cluster-state", "a", masters=masters) == ["existing"]
    assert flag("etcd", "initial-cluster-state", "b", masters=masters) == ["new"]


def test_ports_and_folders_are_followed():
    """Other ports and folders stand in flags, probes, mounts and helpers."""
    sections: dict[str, Any] = {
        "ports": {"etcdClient": 12379, "etcdMetrics": 12381},
        "paths": {"etcdData": "/data/etcd"},
    }
    made = container("etcd", **sections)
    assert made["livenessProbe"]["httpGet"]["port"] == 12381
    assert made["volumeMounts"][0] == {"mountPath": "/data/etcd", "name": "etcd-data"}
    assert "--data-dir=/data/etcd" in made["command"]
    assert "https://127.0.0.1:12379" in content(HELPERS, **sections)


def test_a_disk_is_mounted_where_the_data_is():
    """The disk is a piece of the machine, mounted at etcd's folder."""
    made = node(etcd={"disk": {"device": "/dev/vdb", "filesystem": "xfs"}})
    assert made.of(Disk) == (Disk(device="/dev/vdb", filesystem="xfs", label="etcd", mount="/var/lib/etcd"),)


def test_own_flags_and_resources():
    """Flags are replaced and taken away, requests replaced as a whole."""
    etcd = {"extraArgs": {"quota-backend-bytes": 1, "logger": None}, "resources": {"limits": {"cpu": "1"}}}
    assert flag("etcd", "quota-backend-bytes", etcd=etcd) == ["1"]
    assert flag("etcd", "logger", etcd=etcd) == []
    assert container("etcd", etcd=etcd)["resources"] == {"limits": {"cpu": "1"}}


def test_too_old_a_version_is_told():
    """Versions whose flags and probes are not known end in a problem, not in a crash."""
    assert "etcd 3.3.27 is too old" in messages(etcd={"version": "3.3.27"})


def test_binaries_elsewhere_are_found_by_the_helpers():
    """A folder that a shell does not search is put into its path."""
    assert "    PATH=$PATH:/opt/bin\n" in content(HELPERS, paths={"binaries": "/opt/bin"})
    assert "PATH=" not in content(HELPERS)


@pytest.mark.parametrize(
    ("urls", "port", "count"),
    [
        ("http://0.0.0.0:2381", 2381, 0),
        ("http://10.0.0.10:9381,http://127.0.0.1:2381/", 2381, 0),
        ("http://[::]:9381", 9381, 0),
        ("http://127.0.0.1:2381", 9381, 1),
        ("https://127.0.0.1:2381", 2381, 1),
        (None, 2381, 1),
    ],
)
def test_metrics_where_no_probe_asks_are_told(urls, port, count):
    """kubelet would restart the member for ever."""
    sections: dict[str, Any] = {"ports": {"etcdMetrics": port}, "etcd": {"extraArgs": {"listen-metrics-urls": urls}}}
    assert len(messages(**sections)) == count


@pytest.mark.parametrize(("folder", "count"), [("/var/lib/etcd/member", 0), ("/srv/etcd", 1), ("/var/lib/etcd2", 1)])
@pytest.mark.parametrize("flag", ["data-dir", "wal-dir"])
def test_data_stay_on_the_machine(flag, folder, count):
    """Data outside of the container's mounts would go with the container."""
    assert len(messages(etcd={"extraArgs": {flag: folder}})) == count
