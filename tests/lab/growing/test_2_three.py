"""From one master to three: docs/machine.md, "One master becomes three"."""

import json
from typing import Any

import pytest

from tests.lab.calls import until
from tests.lab.cluster import Cluster
from tests.lab.growing.conftest import know
from tests.lab.names import Names

pytestmark = pytest.mark.lab


def etcdctl(growing: Cluster, *argv: str) -> str:
    return growing.machines["master-0"].run("bash", "-lc", f"etcdctl {' '.join(argv)} 2>&1")


def peers(*names: str) -> str:
    return ",".join(f"{name}.lab.example.org=https://{name}.lab.example.org:2380" for name in names)


def healthy(growing: Cluster, count: int) -> bool:
    said = etcdctl(growing, "endpoint", "health", "--cluster", "--write-out=json")
    return [member["health"] for member in json.loads(said.splitlines()[-1])] == [True] * count


def restarts(growing: Cluster) -> int:
    """Of the first master's etcd."""
    pod = growing.kubectl("get", "pod", f"etcd-{growing.node('master-0')}", "--namespace=kube-system", "--output=json")
    return int(json.loads(pod)["status"]["containerStatuses"][0]["restartCount"])


def test_one_becomes_three(growing: Cluster, names: Names):
    """Each joins as a member of its own, one after the other; the first master runs on as it was booted."""
    first = growing.user_data("master-0")
    growing.bootstrapped("master-0")
    growing.running("master-0")
    for count in (2, 3):
        name = f"master-{count - 1}"
        growing.names = ["master-0", "master-1", "master-2"]
        know(names, growing)
        etcdctl(growing, "member", "add", f"{name}.lab.example.org", f"--peer-urls=https://{name}.lab.example.org:2380")
        # The members that there are now: the flag must name these and no other.
        flag: dict[str, Any] = {"etcd": {"extraArgs": {"initial-cluster": peers(*growing.names[:count])}}}
        growing.states[name] = {"initialClusterState": "existing", "overrides": flag}
        growing.write()
        growing.mint(name)
        growing.boot(name)
        growing.bootstrapped(name)
        growing.running(*growing.names[:count])
        until(120, "etcd is healthy", lambda: healthy(growing, count), pause=2)  # noqa: B023 - called at once
    assert growing.user_data("master-0") == first
    assert restarts(growing) == 0, "there was no quorum while the second member was on its way"
    assert {node["metadata"]["name"] for node in growing.listed("nodes")} == {growing.node(n) for n in growing.names}
