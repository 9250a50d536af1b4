"""From nothing but user-data to a control plane that answers."""

import json
import re

import pytest

from tests.lab import control_plane
from tests.lab.calls import until
from tests.lab.cluster import Cluster
from tests.lab.control_plane import PKI
from tests.lab.machine import Machine

pytestmark = pytest.mark.lab


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
    control_plane.pki_is_whole(three)


def test_etcd_is_healthy_over_tls_only(three: Cluster):
    """Three members, each asked with the rendered helper's settings; without a certificate nobody is answered."""
    three.running()
    control_plane.etcd_is_healthy(three)


def test_nodes_register_under_their_names_and_become_ready(three: Cluster):
    """With the network plugin that the spec brings."""
    three.running()
    control_plane.nodes_are_ready(three)


def test_the_machines_apply_the_role_binding_themselves(three: Cluster):
    """The API server may ask kubelets only by this."""
    control_plane.role_binding_is_applied(three)


def test_logs_of_a_pod_on_another_master(three: Cluster):
    """The way of an ordinary pod: scheduled, a network, its log through API server and kubelet."""
    three.running()
    control_plane.logs_cross_masters(three)


def test_verify_is_content(three: Cluster):
    """`cloudgen verify` on each master as it runs: files, certificates, units, etcd, API, node and pods."""
    for machine in machines(three):
        code, said = machine.verified()
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
