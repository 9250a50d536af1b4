"""From nothing but user-data to a control plane that answers."""

import json
import re
import sys
from typing import Final

import pytest

from tests.lab.calls import until
from tests.lab.cluster import Cluster, is_ready
from tests.lab.machine import Machine

pytestmark = pytest.mark.lab
PKI: Final = "/etc/kubernetes/pki"


def machines(cluster: Cluster) -> list[Machine]:
    return list(cluster.machines.values())


def test_cloud_init_ends_without_a_warning(three: Cluster):
    """`cloud-init status` tells the truth, since runcmd waits for the bootstrap."""
    three.bootstrapped()
    for machine in machines(three):
        result = json.loads(machine.run("cat", "/run/cloud-init/result.json"))
        assert result["v1"]["errors"] == []
        log = machine.read("/var/log/cloud-init.log")
        assert [line for line in log.splitlines() if re.search(r"\[(WARNING|ERROR|CRITICAL)\]", line)] == []


def test_the_bootstrap_tells_what_the_kernel_lacks_and_nothing_else(three: Cluster):
    """br_netfilter cannot be had in a container, nor its settings."""
    for machine in machines(three):
        time_line, *warnings = machine.read("/var/lib/cloudgen/done").splitlines()
        assert time_line.startswith("time=")
        assert all(re.search(r"WARN sysctl net\.bridge\.\S+ was not set$", line) for line in warnings), warnings


def test_every_static_pod_runs(three: Cluster):
    """etcd and the three of Kubernetes on each master."""
    three.running()
    for name in three.names:
        assert three.kubectl("get", "--raw=/readyz", at=name) == "ok"


def test_the_pki_is_whole(three: Cluster):
    """31 files of root on each master, keys for nobody else to read; the machine's own check finds nothing."""
    three.running()
    for machine in machines(three):
        found = machine.run("find", f"{PKI}/ca", f"{PKI}/certs", "-type", "f", "-printf", "%U:%G %m %p\n").splitlines()
        assert len(found) == 31, found
        for line in found:
            owner, mode, path = line.split()
            assert owner == "0:0", line
            assert mode == ("644" if path.endswith(".pub") else "600"), line
        assert machine.run("/usr/local/lib/cloudgen/pki.sh", "check") == ""


def test_etcd_is_healthy_over_tls_only(three: Cluster):
    """Three members, each asked with the rendered helper's settings; without a certificate nobody is answered."""
    three.running()
    said = three.machines["master-0"].run("bash", "-lc", "etcdctl endpoint health --cluster --write-out=json 2>&1")
    health = json.loads(said.splitlines()[-1])
    assert [member["health"] for member in health] == [True, True, True], said
    assert {member["endpoint"] for member in health} == {f"https://{name}.lab.example.org:2379" for name in three.names}
    code, _ = three.machines["master-0"].tried("curl", "-sk", "https://master-1.lab.example.org:2379/health")
    assert code != 0


def test_nodes_register_under_their_names_and_become_ready(three: Cluster):
    """With the network plugin that the spec brings."""
    three.running()

    def ready() -> bool:
        nodes = three.listed("nodes")
        return {n["metadata"]["name"] for n in nodes if is_ready(n)} == {three.node(name) for name in three.names}

    until(90, "three nodes are ready", ready, pause=1)


def test_the_machines_apply_the_role_binding_themselves(three: Cluster):
    """The API server may ask kubelets only by this."""
    marker = "/var/lib/cloudgen/post-install.done"
    until(120, "post-install is done", lambda: all(machine.has(marker) for machine in machines(three)))
    assert [b for b in three.listed("clusterrolebindings") if "kubelet" in json.dumps(b.get("subjects", []))]


def test_logs_of_a_pod_on_another_master(three: Cluster):
    """The way of an ordinary pod: scheduled, a network, its log through API server and kubelet."""
    three.running()
    node = three.node("master-2")
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
    three.machines["master-0"].write("/root/pod.json", json.dumps(pod))
    until(60, "the service account is there", lambda: three.listed("serviceaccounts", "--namespace=default"))
    three.kubectl("apply", "--filename=/root/pod.json")
    until(60, "the pod runs", lambda: is_ready(json.loads(three.kubectl("get", "pod", "said", "--output=json"))))
    assert three.kubectl("logs", "said", at="master-1") == "it runs"


def test_verify_is_content(three: Cluster):
    """`cloudgen verify` on each master as it runs: files, certificates, units, etcd, API, node and pods."""
    for machine in machines(three):
        code, said = machine.tried(sys.executable, "-m", "cloudgen", "verify", timeout=120)
        assert code == 0, said


def test_no_unit_failed(three: Cluster):
    """And the boot came to its end."""
    three.running()
    for machine in machines(three):
        assert machine.run("systemctl", "--failed", "--plain", "--no-legend") == ""
        assert machine.run("systemctl", "is-system-running") == "running"


def test_certificates_are_renewed(three: Cluster):
    """key-keeper's order in time, and what follows: kubelet serves the new one after its watcher's restart."""
    three.running()
    machine = three.machines["master-1"]
    files = [f"{PKI}/certs/kube-scheduler/kube-scheduler-server.pem", f"{PKI}/certs/kubelet/kubelet-server.pem"]

    def serials() -> list[str]:
        return [machine.run("openssl", "x509", "-noout", "-serial", "-in", file) for file in files]

    def served() -> str:
        ask = "openssl s_client -connect 127.0.0.1:10250 </dev/null 2>/dev/null | openssl x509 -noout -serial"
        return machine.tried("sh", "-c", ask)[1]

    before = serials()
    until(330, "both are renewed", lambda: all(a != b for a, b in zip(before, serials(), strict=True)), pause=5)
    until(60, "kubelet serves its new certificate", lambda: served() == serials()[1], pause=2)
