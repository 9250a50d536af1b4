"""One master whose names come from a name service, with Vault behind a private authority; it grows to three."""

from collections.abc import Iterator

import pytest

from tests.judges.certificates import Authority
from tests.lab.cluster import Cluster
from tests.lab.conftest import Lab
from tests.lab.names import Names
from tests.lab.world import GATEWAY

VAULT = "vault.lab.example.org"


@pytest.fixture(scope="package")
def names() -> Iterator[Names]:
    with Names().serving(GATEWAY) as served:
        yield served


@pytest.fixture(scope="package")
def growing(lab: Lab, names: Names) -> Iterator[Cluster]:
    """Booted; nothing is waited for."""
    place = lab.world.folder / "private-authority"
    place.mkdir()
    authority = Authority.made(place, VAULT, "10.11.20.1")
    vault = {"server": f"https://{VAULT}:8200", "caCert": "vault-ca.pem"}
    with lab.cluster(20, masters=1, authority=authority, names="dns", vault=vault) as cluster:
        names.addresses |= {VAULT: "10.11.20.1"}
        cluster.resolver = GATEWAY
        know(names, cluster)
        cluster.mint()
        cluster.boot()
        yield cluster


def know(names: Names, cluster: Cluster) -> None:
    """The names that the operator's name service has to give."""
    domain = "lab.example.org"
    names.addresses |= {f"{name}.{domain}": cluster.address(name) for name in cluster.names}
    names.addresses[f"api.{domain}"] = cluster.address("master-0")
