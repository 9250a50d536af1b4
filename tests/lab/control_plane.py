"""What is seen of three masters, whatever brought them up."""

import json
from typing import Final

from tests.lab.calls import until
from tests.lab.cluster import Cluster, is_ready

PKI: Final = "/etc/kubernetes/pki"


def pki_is_whole(cluster: Cluster) -> None:
    """31 files of root on each master, keys for nobody else to read; the machine's own check finds nothing."""
    for machine in cluster.machines.values():
        found = machine.run("find", f"{PKI}/ca", f"{PKI}/certs", "-type", "f", "-printf", "%U:%G %m %p\n").splitlines()
        assert len(found) == 31, found
        for line in found:
            owner, mode, path = line.split()
            assert owner == "0:0", line
            assert mode == ("644" if path.endswith(".pub") else "600"), line
        assert machine.run("/usr/local/lib/cloudgen/pki.sh", "check") == ""


def etcd_is_healthy(cluster: Cluster) -> None:
    """Three members, each asked with the rendered helper's settings; without a certificate nobody is answered."""
    said = cluster.machines["master-0"].run("bash", "-lc", "etcdctl endpoint health --cluster --write-out=json 2>&1")
    health = json.loads(said.splitlines()[-1])
    assert [member["health"] for member in health] == [True, True, True], said
    names = {f"https://{name}.lab.example.org:2379" for name in cluster.names}
    assert {member["endpoint"] for member in health} == names
    code, _ = cluster.machines["master-0"].tried("curl", "-sk", "https://master-1.lab.example.org:2379/health")
    assert code != 0


def nodes_are_ready(cluster: Cluster) -> None:
    """Wait until all are, under their names."""

    def ready() -> bool:
        nodes = cluster.listed("nodes")
        return {n["metadata"]["name"] for n in nodes if is_ready(n)} == {cluster.node(name) for name in cluster.names}

    until(90, "three nodes are ready", ready, pause=1)


def role_binding_is_applied(cluster: Cluster) -> None:
    """Wait until the machines say so, and see it."""
    marker = "/var/lib/cloudgen/post-install.done"
    machines = cluster.machines.values()
    until(120, "post-install is done", lambda: all(machine.has(marker) for machine in machines))
    assert [b for b in cluster.listed("clusterrolebindings") if "kubelet" in json.dumps(b.get("subjects", []))]


def logs_cross_masters(cluster: Cluster) -> None:
    """A pod of the third, its log asked for on the second."""
    node = cluster.node("master-2")
    image = "registry.k8s.io/pause:3.5"
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "said", "namespace": "default"},
        "spec": {
            "nodeSelector": {"kubernetes.io/hostname": node},
            "tolerations": [{"operator": "Exists"}],
            "containers": [{"name": "said", "image": image, "command": ["sh", "-c", "echo it runs; sleep 3600"]}],
        },
    }
    cluster.machines["master-0"].write("/root/pod.json", json.dumps(pod))
    until(60, "the service account is there", lambda: cluster.listed("serviceaccounts", "--namespace=default"))
    cluster.kubectl("apply", "--filename=/root/pod.json")
    until(60, "the pod runs", lambda: is_ready(json.loads(cluster.kubectl("get", "pod", "said", "--output=json"))))
    assert cluster.kubectl("logs", "said", at="master-1") == "it runs"
