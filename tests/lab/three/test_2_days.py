"""What happens to a control plane that runs: reboots, and a Vault that is away."""

import time
from typing import Final

import pytest

from tests.lab.calls import until
from tests.lab.cluster import Cluster
from tests.lab.machine import Machine

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("running")]
SCHEDULER: Final = "/etc/kubernetes/pki/certs/kube-scheduler/kube-scheduler-server.pem"
CHECK: Final = ("/usr/local/lib/cloudgen/pki.sh", "check")
_SHORT: Final = "2m"
_AWAY: Final = 190
"""Seconds: longer than a login, and than the time between two renewals."""
_LINES_A_SECOND: Final = 40
"""Its unit says 200 in 30 seconds, which journald multiplies by up to six where the disk is free (journald.conf(5));
without a limit each of 17 issuers that spin writes 370 a second."""


def serial(machine: Machine, file: str) -> str:
    return machine.run("openssl", "x509", "-noout", "-serial", "-in", file)


def ready(three: Cluster, name: str) -> bool:
    """Whether the API server of this very master is."""
    code, said = three.machines[name].tried(
        "kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", "get", "--raw=/readyz"
    )
    return code == 0 and said == "ok"


def test_a_master_comes_back_without_its_bootstrap_token(three: Cluster):
    """Every token is used up after the first boot; what key-keeper keeps is enough, and nothing is ordered anew."""
    machine = three.machines["master-2"]
    assert machine.run("find", "/var/lib/cloudgen/tokens", "-type", "f") == ""
    assert machine.read("/var/lib/key-keeper/bootstrap.token") == ""
    server = "/etc/kubernetes/pki/certs/kube-apiserver/kube-apiserver.pem"
    before, runs = serial(machine, server), machine.read("/var/lib/cloudgen/bootstrap.log").count(" RUN ")
    machine.reboot()
    until(300, "its API server is ready", lambda: ready(three, "master-2"), pause=2)
    three.running()
    assert serial(machine, server) == before
    assert machine.read("/var/lib/cloudgen/bootstrap.log").count(" RUN ") == runs
    assert machine.run(*CHECK) == ""
    assert machine.run("systemctl", "--failed", "--plain", "--no-legend") == ""


def test_vault_is_away_for_longer_than_a_renewal(three: Cluster):
    """Logins end and certificates are due meanwhile: nothing spins, no key is lost, and it mends itself."""
    machine = three.machines["master-0"]
    _shorten_logins(three, machine)
    machine.run("systemctl", "restart", "key-keeper", timeout=120)
    until(120, "key-keeper is logged in", lambda: not machine.tried("systemctl", "is-active", "key-keeper")[0])
    time.sleep(10)
    three.vault.stop()
    try:
        before = serial(machine, SCHEDULER)
        time.sleep(_AWAY - 60)
        used, lines = _cpu(machine), _lines(machine)
        time.sleep(60)
        assert _cpu(machine) - used < 0.6 * 60, "its unit gives it half a processor"
        assert _lines(machine) - lines < 60 * _LINES_A_SECOND
        assert machine.run(*CHECK) == ""
        assert serial(machine, SCHEDULER) == before
        assert three.kubectl("get", "--raw=/readyz") == "ok"
    finally:
        three.vault.start()
    until(240, "the certificate is renewed", lambda: serial(machine, SCHEDULER) != before, pause=3)
    until(60, "the PKI is whole", lambda: not machine.tried(*CHECK)[0])


def _shorten_logins(three: Cluster, machine: Machine) -> None:
    for line in machine.read("/etc/cloudgen/issuers").splitlines():
        if not line.startswith("#"):
            _, role, mount, *_ = line.split("\t")
            three.vault.call("POST", f"auth/{mount}/role/{role}", {"token_ttl": _SHORT, "token_max_ttl": _SHORT})


def _cpu(machine: Machine) -> float:
    """Seconds of a processor that key-keeper has used."""
    pid = machine.run("systemctl", "show", "-p", "MainPID", "--value", "key-keeper")
    fields = machine.run("cat", f"/proc/{pid}/stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _lines(machine: Machine) -> int:
    return len(machine.run("journalctl", "--boot", "--unit=key-keeper", "--output=cat", "--no-pager").splitlines())
