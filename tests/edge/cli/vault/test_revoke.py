"""`cloudgen vault revoke` against a real server: all of it, parts of it, and again."""

import pytest

from tests.edge.cli.vault.labs import Lab

NOTHING = {"tokens": 0, "secretIds": 0, "cutOff": []}


@pytest.fixture
def lab(vault, cluster, bao):
    """Makes a provisioned cluster."""
    return lambda masters=1, **bootstrap: Lab(cluster(), vault, bao, masters, **bootstrap)


def test_everything_and_again(lab):
    """Unused tokens and the secret-ids of used ones go; doing it again finds nothing, and is no fault."""
    one = lab()
    one.minted()
    one.use("etcd-ca")
    assert one.revoke() == {"tokens": 16, "secretIds": 1, "cutOff": []}
    assert (one.alive(), one.runs) == ([], [])
    assert one.revoke() == NOTHING
    assert "nothing was left to revoke" in one.vault("revoke", "--manifest", one.path).stdout
    assert {state for state, _ in one.status()[1].values()} == {"absent"}
    one.minted()


def test_a_machine_or_an_issuer_alone(lab):
    """What is not named goes on working."""
    three = lab(masters=3)
    three.minted()
    three.use("etcd-ca", "master-1")
    assert three.revoke("--manifest", three.path, "--machine", "master-1", "--issuer", "etcd-ca")["secretIds"] == 1
    assert three.revoke("--manifest", three.path, "--machine", "master-1") == {**NOTHING, "tokens": 16}
    assert three.revoke("--manifest", three.path, "--issuer", "etcd-peer") == {**NOTHING, "tokens": 2}
    assert len(three.alive()) == 32 + 1
    three.use("etcd-ca", "master-0")


def test_a_run_alone(lab):
    """Another run's tokens go on working; a run that nobody knows any more is no fault."""
    one = lab()
    one.minted("--issuer", "etcd-ca")
    one.minted("--issuer", "etcd-peer", "--issuer", "etcd-client")
    first, second = (run["run"] for run in one.runs)
    one.use("etcd-peer")
    assert one.revoke("--manifest", one.path, "--run", second) == {"tokens": 1, "secretIds": 1, "cutOff": []}
    assert one.revoke("--manifest", one.path, "--run", second) == NOTHING
    assert [run["run"] for run in one.runs] == [first]
    one.use("etcd-ca")


def test_secret_ids_without_a_manifest(lab, bao):
    """When the manifest is lost, a machine's identities are destroyed by name; without a name nothing is."""
    one = lab()
    one.exchange(bao.root, "etcd-ca")
    one.exchange(bao.root, "etcd-ca")
    refused = one.vault("revoke")
    assert (refused.exit_code, "it is not said what to revoke" in refused.stderr) == (2, True)
    assert one.vault("revoke", "--run", "x", "--machine", "master-0").exit_code == 2
    assert one.vault("revoke", "--manifest", "nowhere.json").exit_code == 2
    assert one.revoke("--machine", "master-0") == {**NOTHING, "secretIds": 2}
    assert one.revoke("--machine", "master-0") == NOTHING


def test_a_wrapped_secret_id_is_destroyed(lab):
    """Unwrapped later, it opens nothing."""
    one = lab(mode="wrapped-secret-id")
    one.minted("--issuer", "etcd-ca")
    assert one.revoke()["secretIds"] == 1
    assert {count for _, count in one.status()[1].values()} == {0}
