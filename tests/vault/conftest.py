"""Rendered masters over a real Vault-compatible server."""

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.scripts.conftest import bao
from tests.scripts.sandbox import Bao
from tests.vault.machine import Machine, cluster
from tests.vault.provisioning import provision

__all__ = ["bao"]
THREE = (
    "pki:",
    "  ttl: 30d",
    "  renewBefore: 10d",
    "  certificates: {kube-apiserver: {ttl: 10d, renewBefore: 3d}, etcd-server: {keySize: 3072}}",
    "api: {addresses: [10.0.0.10]}",
)

Making = Callable[..., Machine]


@pytest.fixture
def making(tmp_path: Path, bao: Bao) -> Iterator[Making]:
    """Makes the only master of a cluster of its own, with tokens; `server`, `ca`, `mode` are its Vault's."""
    made: list[Machine] = []

    def make(server: str = "", root: str = "root", **vault: str) -> Machine:
        folder, name = tmp_path / root, f"c{secrets.token_hex(4)}"
        spec = cluster(folder, {"server": server or bao.address, **vault}, name=name)
        made.append(Machine(folder, spec, "master-0", provision(spec, bao)))
        return made[-1]

    yield make
    for machine in made:
        machine.agent.stop()


@pytest.fixture
def master(making: Making) -> Machine:
    """A master with its tokens, before its first boot."""
    return making()


@pytest.fixture
def booted(master: Machine) -> Machine:
    """A master that has all its certificates; key-keeper does not run."""
    boot(master)
    return master


@pytest.fixture(scope="module")
def masters(tmp_path_factory: pytest.TempPathFactory, bao: Bao) -> dict[str, Machine]:
    """Three masters of one cluster, each with all its certificates."""
    folder, name = tmp_path_factory.mktemp("cluster"), f"c{secrets.token_hex(4)}"
    given = provision(cluster(folder, {"server": bao.address}, *THREE, name=name, masters=3), bao)

    def made(machine: str) -> Machine:
        root = folder / machine
        ready = Machine(root, cluster(root, {"server": bao.address}, *THREE, name=name, masters=3), machine, given)
        boot(ready)
        return ready

    with ThreadPoolExecutor(3) as pool:
        names = [f"master-{n}" for n in range(3)]
        return dict(zip(names, pool.map(made, names), strict=True))


def boot(machine: Machine) -> None:
    """The rendered unwrap script, key-keeper for one round, and the machine's own check."""
    code, output = machine.run("unwrap.sh")
    assert code == 0, output
    machine.boot_key_keeper(KEY_KEEPER_ONCE="1")
    assert machine.agent.process is not None
    assert machine.agent.process.wait(120) == 0, machine.agent.said
    assert machine.run("pki.sh", "stage")[0] == 0
