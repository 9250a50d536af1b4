"""`cloudgen vault revoke` against a real server: all of it, parts of it, and again."""

from pathlib import Path

import pytest

from tests.edge.cli.vault.labs import SPEC, Lab

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


@pytest.mark.parametrize("how", [(), ("--machine", "master-2"), ("--run",)])
def test_tokens_of_a_machine_that_is_gone_are_revoked(lab, how):
    """The manifest knows them, though the spec does not any more; status tells of them until then."""
    three = lab(masters=3)
    three.minted()
    Path("cluster.yaml").write_text(SPEC.format(name=three.name, masters=1, bootstrap="{}"))
    told = three.vault("status", "--manifest", three.path)
    assert (told.exit_code, "master-2: not in the spec, but tokens wait for it" in told.stderr) == (1, True)
    args = (*how, three.runs[0]["run"]) if how == ("--run",) else how
    done = three.vault("revoke", "--manifest", three.path, *args)
    assert (done.exit_code, "master-2: not in the spec" in done.stderr) == (0, True)
    left = {machine for machine, _ in three.accessors}
    assert left == ({"master-0", "master-1"} if "--machine" in how else set())
    assert three.alive() == sorted([*(issuer for _, issuer in three.accessors), *(["run"] if left else [])])
    assert "master-2" not in three.vault("status", "--manifest", three.path).stderr
    refused = three.vault("revoke", "--manifest", three.path, "--machine", "nobody")
    assert (refused.exit_code, "no machine is named nobody" in refused.stderr) == (2, True)


def test_a_token_of_an_issuer_that_is_gone_is_revoked(lab):
    """The machine is there, but is the administrator no more: what waits for it is the most that there is to steal."""
    one = lab()
    one.minted()
    path = Path("cluster.yaml")
    path.write_text(f"{path.read_text()}adminCertificate: none\n")
    told = one.vault("status", "--manifest", one.path)
    says = "master-0 as kubeadm-client: not in the spec, but tokens wait for it"
    assert (told.exit_code, says in told.stderr) == (1, True)
    assert one.revoke("--manifest", one.path, "--issuer", "kubeadm-client") == {**NOTHING, "tokens": 1}
    assert (one.status()[0], len(one.accessors)) == (0, 16)
    assert one.revoke() == {**NOTHING, "tokens": 16}
    assert one.alive() == []


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


def test_without_a_manifest_unused_tokens_live_on_and_it_is_said(lab):
    """Vault tells of secret-ids alone; who waits for tokens to be gone must not read a success."""
    one = lab()
    one.minted()
    blind = one.vault("revoke", "--machine", "master-0")
    assert blind.exit_code == 0
    assert "tokens that were not used are not revoked" in blind.stderr
    assert len(one.alive()) == 17 + 1
    whole = one.vault("revoke", "--manifest", one.path, "--machine", "master-0")
    assert "tokens that were not used" not in whole.stderr
