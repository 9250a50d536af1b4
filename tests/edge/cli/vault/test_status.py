"""`cloudgen vault status` against a real server, in every state."""

import json
import time

import pytest

from tests.edge.cli.vault.labs import Lab


@pytest.fixture
def lab(vault, cluster, bao):
    """Makes a provisioned cluster."""
    return lambda **bootstrap: Lab(cluster(), vault, bao, **bootstrap)


def test_every_state_of_wrapped_tokens(lab, bao):
    """Unused and used are expected; opened, lost, dead, crowded and absent are not, and each is told in words."""
    one = lab()
    assert {state for state, _ in one.minted() and one.status()[1].values()} == {"unused"}
    assert one.status()[0] == 0
    one.use("etcd-ca")
    assert one.status() == (0, dict.fromkeys(one.lines(), ("unused", 0)) | {("master-0", "etcd-ca"): ("used", 1)})
    one.unwrap("etcd-peer")
    bao.call("POST", "auth/token/revoke", {"token": one.unwrap("etcd-client")["auth"]["client_token"]})
    accessor = one.accessors["master-0", "etcd-server"][1]
    bao.call("POST", "auth/token/revoke-accessor", {"accessor": accessor})
    one.use("front-proxy-ca")
    one.exchange(bao.root, "front-proxy-ca")
    one.exchange(bao.root, "kubernetes-ca")
    code, seen = one.status()
    states = {issuer: state for (_, issuer), (state, _) in seen.items() if state not in {"unused", "used"}}
    assert (code, states) == (
        1,
        {
            "etcd-peer": "opened",
            "etcd-client": "lost",
            "etcd-server": "dead",
            "front-proxy-ca": "crowded",
            "kubernetes-ca": "crowded",
        },
    )
    said = one.vault("status", "--manifest", one.path).stderr
    for words in ("no secret-id was made", "gone before its end", "was revoked", "2 secret-ids", "was not used"):
        assert words in said
    assert len(one.revoke("--manifest", one.path, "--issuer", "etcd-ca")) == 3
    assert one.status("--issuer", "etcd-ca") == (1, {("master-0", "etcd-ca"): ("absent", 0)})


def test_expired_is_not_lost(lab):
    """After its end a token that nobody used is expired; one that was used stays used."""
    one = lab(wrapTtl="2s", bootMargin="1s")
    one.minted("--issuer", "etcd-ca", "--issuer", "etcd-peer")
    one.use("etcd-ca")
    time.sleep(max(0.0, max(int(line[1]) for line in one.lines().values()) + 1 - time.time()))
    code, seen = one.status("--issuer", "etcd-ca", "--issuer", "etcd-peer")
    assert (code, seen) == (1, {("master-0", "etcd-ca"): ("used", 1), ("master-0", "etcd-peer"): ("expired", 0)})


def test_without_a_manifest_secret_ids_are_seen(lab, bao):
    """What is used is told as used, and all else as absent."""
    one = lab()
    one.exchange(bao.root, "etcd-ca")
    done = one.vault("status", "--json")
    states = {row["issuer"]: row["state"] for row in json.loads(done.stdout)["identities"]}
    assert (done.exit_code, states.pop("etcd-ca"), set(states.values())) == (1, "used", {"absent"})
    assert one.vault("status", "--issuer", "etcd-ca").exit_code == 0


def test_what_cannot_be_told_is_2(lab):
    """A server that does not answer, a token that is unknown, a manifest that is none or not there."""
    one = lab()
    one.minted("--issuer", "etcd-ca")
    assert one.vault("status", env={"VAULT_ADDR": "http://127.0.0.1:9"}).exit_code == 2
    assert one.vault("status", env={"VAULT_TOKEN": "s.nobody"}).exit_code == 2
    assert one.vault("status", "--manifest", "nowhere.json").exit_code == 2
    assert one.vault("status", "--manifest", "cluster.yaml").exit_code == 2
    assert one.vault("status", "--manifest", one.path, "--machine", "x").exit_code == 2


def test_token_mode(lab):
    """A bare token has its uses counted: whole, halfway, gone into a secret-id."""
    one = lab(mode="token")
    one.minted("--issuer", "etcd-ca")
    chosen, key = ("--issuer", "etcd-ca"), ("master-0", "etcd-ca")
    assert one.status(*chosen) == (0, {key: ("unused", 0)})
    token = one.lines()[key][0]
    role = f"auth/{one.prefix}/approle/role/etcd-ca-master-0"
    one.bao.call("GET", f"{role}/role-id", X_Vault_Token=token)
    assert one.status(*chosen) == (1, {key: ("opened", 0)})
    one.bao.call("POST", f"{role}/secret-id", X_Vault_Token=token)
    assert one.status(*chosen) == (0, {key: ("used", 1)})
    assert one.look(one.accessors[key][0]) is None


def test_wrapped_secret_id_mode(lab):
    """The secret-id travels wrapped, with its role-id beside it; both log in; after its end nothing can be told."""
    one = lab(mode="wrapped-secret-id", wrapTtl="3s")
    one.minted("--issuer", "etcd-ca")
    chosen, key = ("--issuer", "etcd-ca"), ("master-0", "etcd-ca")
    assert one.status(*chosen) == (0, {key: ("unused", 1)})
    _, expires, role_id = one.lines()[key]
    secret_id = one.unwrap("etcd-ca")["data"]["secret_id"]
    body = {"role_id": role_id, "secret_id": secret_id}
    assert one.bao.call("POST", f"auth/{one.prefix}/approle/login", body)["auth"]["client_token"]
    assert one.status(*chosen) == (0, {key: ("used", 1)})
    time.sleep(max(0.0, int(expires) + 1 - time.time()))
    assert one.status(*chosen) == (1, {key: ("expired", 1)})


def test_shared_mode(lab):
    """One token for all issuers of a machine, under the name shared, with two uses for each."""
    one = lab(mode="shared")
    one.minted()
    assert set(one.lines()) == {("master-0", "shared")}
    assert one.mint("--issuer", "etcd-ca").exit_code == 2
    assert (one.look(one.accessors["master-0", "shared"][0]) or {})["num_uses"] == 34
    issuers = {issuer for _, issuer in one.status()[1]}
    assert (len(issuers), one.status()[0]) == (17, 0)
    for issuer in sorted(issuers):
        one.exchange(one.lines()["master-0", "shared"][0], issuer)
    assert one.status() == (0, {("master-0", issuer): ("used", 1) for issuer in issuers})
    assert one.revoke() == {"tokens": 0, "secretIds": 17, "cutOff": []}
