"""A single master, found by DNS, that trusts nobody but its own authority."""

import pytest

from tests.lab.cluster import Cluster
from tests.lab.names import Names

pytestmark = pytest.mark.lab


def test_a_single_master(growing: Cluster, names: Names):
    """Its names and Vault's come from the name service alone; Vault's certificate is one of a private authority."""
    growing.bootstrapped()
    growing.running()
    machine = growing.machines["master-0"]
    assert "example.org" not in machine.read("/etc/hosts")
    assert {"master-0.lab.example.org", "vault.lab.example.org"} <= names.asked
    assert machine.tried("curl", "-s", "https://vault.lab.example.org:8200/v1/sys/health")[0] == 60, (
        "not trusted by all"
    )
    assert growing.kubectl("get", "--raw=/readyz") == "ok"
