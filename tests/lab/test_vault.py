"""What may become of Vault and its tokens before and at the first boot."""

import json
import time
import urllib.request

import pytest
import yaml

from tests.lab.calls import until
from tests.lab.cluster import Cluster
from tests.lab.conftest import Lab

pytestmark = pytest.mark.lab


def test_vault_is_down_for_a_minute(lab: Lab):
    """The bootstrap waits, and uses no token up; then it goes on by itself."""
    with lab.cluster(12, masters=1) as cluster:
        cluster.mint()
        cluster.vault.stop()
        cluster.boot()
        machine = cluster.machines["master-0"]
        at_work = "/var/lib/cloudgen/step"
        until(120, "the bootstrap asks for Vault", lambda: machine.has(at_work) and machine.read(at_work) == "unwrap")
        time.sleep(60)
        assert machine.read(at_work) == "unwrap"
        assert machine.run("find", "/var/lib/cloudgen/unwrap", "-type", "f") == ""
        cluster.vault.start()
        cluster.bootstrapped()
        cluster.certified()


def test_an_intercepted_token(lab: Lab):
    """That master tells of it and stays out; the others form the control plane without it."""
    with lab.cluster(13) as cluster:
        secrets = cluster.folder / "secrets.yaml"
        cluster.cloudgen("vault", "apply", str(cluster.spec), "--yes")
        cluster.cloudgen("vault", "mint", str(cluster.spec), "--out", str(secrets))
        cluster.cloudgen("render", str(cluster.spec), "--secrets", str(secrets), "--out", str(cluster.folder / "out"))
        token = yaml.safe_load(secrets.read_text())["tokens"]["master-2"]["etcd-peer"]["token"]
        _steal(cluster, token)
        cluster.boot()

        robbed = cluster.machines["master-2"]
        assert robbed.tried("cloud-init", "status", "--wait", timeout=400)[0] == 1
        failed = robbed.read("/var/lib/cloudgen/failed")
        assert failed.startswith("step=unwrap\ncode=30\n"), failed
        assert "issuer etcd-peer: SECURITY EVENT: the token was used by somebody else" in failed
        assert failed.rstrip().endswith("not exchanged: etcd-peer (30)")
        assert robbed.tried("systemctl", "is-active", "kubelet", "key-keeper", "containerd")[0] != 0
        assert not robbed.has("/etc/kubernetes/pki/certs/etcd/etcd-peer.pem")

        cluster.bootstrapped("master-0", "master-1")
        cluster.running("master-0", "master-1")
        assert {node["metadata"]["name"] for node in cluster.listed("nodes")} == {"master-0-lab", "master-1-lab"}


def _steal(cluster: Cluster, token: str) -> None:
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{cluster.vault.url}/v1/sys/wrapping/unwrap", b"{}", {"X-Vault-Token": token}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        assert json.loads(answer.read())["auth"]["client_token"]
