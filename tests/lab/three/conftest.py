"""Three masters as for Yandex Cloud, booted once for all tests of this folder; they run in the order of the files."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.lab.cluster import Cluster
from tests.lab.conftest import Lab

_OFTEN: Final[dict[str, Any]] = {
    "certificates": {
        # So that renewals are seen: every two minutes, and after four.
        "kube-scheduler-server": {"ttl": "10m", "renewBefore": "8m"},
        "kubelet-server": {"ttl": "30m", "renewBefore": "26m"},
    }
}


@pytest.fixture(scope="package")
def three(lab: Lab) -> Iterator[Cluster]:
    """Booted; nothing is waited for."""
    cluster = Cluster(lab.world, 3, disks=True, pki=_OFTEN)
    cluster.vault.start()
    cluster.mint()
    cluster.boot()
    yield cluster
    cluster.destroy()


@pytest.fixture(scope="module")
def running(three: Cluster) -> None:
    """For tests that may be run without those before them."""
    three.bootstrapped()
    three.running()
