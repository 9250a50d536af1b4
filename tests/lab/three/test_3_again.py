"""A master is made anew, the others run on: docs/machine.md, "A master is made anew"."""

import json
from typing import Final

import pytest

from tests.lab.calls import until
from tests.lab.cluster import Cluster
from tests.lab.three.test_2_days import ready

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("running")]
NAME: Final = "master-1"
FQDN: Final = "master-1.lab.example.org"


def etcdctl(three: Cluster, *argv: str) -> str:
    """On a master that stays, with the settings of the rendered helper."""
    return three.machines["master-0"].run("bash", "-lc", f"etcdctl {' '.join(argv)} 2>&1")


def members(three: Cluster) -> dict[str, int]:
    """The members' identities by their names."""
    said = json.loads(etcdctl(three, "member", "list", "--write-out=json").splitlines()[-1])
    return {member.get("name", ""): member["ID"] for member in said["members"]}


def healthy(three: Cluster) -> bool:
    said = etcdctl(three, "endpoint", "health", "--cluster", "--write-out=json")
    return all(member["health"] for member in json.loads(said.splitlines()[-1]))


def test_with_its_disk(three: Cluster):
    """Minted for it alone: the others' user-data stays as it is, its disk is not formatted, its member is the same."""
    before, made = members(three), three.disks[NAME].made()
    others = {name: three.user_data(name) for name in three.names if name != NAME}
    three.machines[NAME].destroy()
    three.mint(NAME, replace=True)
    assert {name: three.user_data(name) for name in others} == others
    three.boot(NAME)
    three.bootstrapped(NAME)
    until(300, "it has joined", lambda: ready(three, NAME), pause=2)
    three.running()
    assert three.disks[NAME].made() == made
    assert members(three) == before
    assert healthy(three)


def test_with_its_disk_lost(three: Cluster):
    """Its member is removed and added; `initialClusterState: existing` lets it join with an empty disk."""
    before = members(three)
    three.machines[NAME].destroy()
    three.disks[NAME].lose()
    etcdctl(three, "member", "remove", f"{before[FQDN]:x}")
    etcdctl(three, "member", "add", FQDN, f"--peer-urls=https://{FQDN}:2380")
    three.states[NAME] = {"initialClusterState": "existing"}
    three.write()
    three.mint(NAME, replace=True)
    three.boot(NAME)
    three.bootstrapped(NAME)
    until(300, "it has joined", lambda: ready(three, NAME), pause=2)
    three.running()
    after = members(three)
    assert after.keys() == before.keys()
    assert after[FQDN] != before[FQDN]
    assert healthy(three)
