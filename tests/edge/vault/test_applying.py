"""A live server, made what a cluster needs: from nothing, again, after drift, and after being cut off."""

import secrets
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from cloudgen.edge.vault.applying import apply
from cloudgen.edge.vault.client import Client
from cloudgen.edge.vault.connection import Connection
from cloudgen.edge.vault.reading import preflight, read_live
from cloudgen.report import Refused
from cloudgen.secrets import Secret
from cloudgen.vault import Layout, entries
from tests.edge.vault.servers import Front, client, cluster, planned, provisioned


@pytest.fixture(scope="module")
def made(bao):
    """A provisioned cluster, and a client of the server."""
    on, wanted = client(bao), cluster()
    provisioned(on, wanted)
    return on, wanted


def test_a_second_apply_changes_nothing(made):
    """What was made is what is wanted: the plan is empty, and nothing is complained about."""
    plan = planned(*made)
    assert (plan.steps, plan.strays, list(plan.report)) == ((), (), [])


@pytest.mark.parametrize("mode", ["self-signed", "root"])
def test_ca_chain_holds_one_certificate(bao, mode):
    """Machines trust their authority alone, also where a root has signed it."""
    on, wanted = client(bao), cluster(vault={"server": bao.address, "authorities": {"mode": mode, "ttl": "8760h"}})
    provisioned(on, wanted)
    for authority in wanted.authorities:
        chain = (on.read(f"{authority.mount}/cert/ca_chain") or {})["ca_chain"]
        assert chain.count("BEGIN CERTIFICATE") == 1
    plan = planned(on, wanted)
    assert (plan.steps, list(plan.report)) == ((), [])


def test_the_key_pair_is_one(made):
    """Both halves are PEM, RSA of 2048 bits, and belong together."""
    on, wanted = made
    pair = (on.read(wanted.key_pair) or {})["data"]
    private = load_pem_private_key(pair["private"].encode(), None)
    assert isinstance(private, RSAPrivateKey)
    assert private.key_size == 2048
    assert private.public_key() == load_pem_public_key(pair["public"].encode())


DRIFT = (
    ("{prefix}/pki/etcd/roles/etcd-client", {"not_after": "2099-01-01T00:00:00Z"}, "not_after"),
    ("auth/{prefix}/approle/role/etcd-ca-master-0", {"token_type": "batch"}, "token_type"),
    ("auth/token/roles/{cluster}_master-0", {"token_num_uses": 1}, "token_num_uses"),
    ("auth/token/roles/{cluster}_master-0", {"disallowed_policies_glob": ["*"]}, "disallowed_policies_glob"),
    ("{prefix}/pki/kubernetes/roles/kubelet-client-master-0", {"allow_any_name": True}, "allow_any_name"),
    ("auth/{prefix}/approle/role/etcd-ca-master-0", {"secret_id_num_uses": 5}, "secret_id_num_uses"),
    ("auth/{prefix}/approle/role/etcd-peer-master-0", {"token_policies": ["root-like"]}, "token_policies"),
    ("auth/token/roles/{cluster}_master-0", {"orphan": True, "allowed_policies": ["default"]}, "allowed_policies"),
    ("sys/policies/acl/{prefix}/etcd-ca-master-0", {"policy": 'path "*" { capabilities = ["sudo"] }'}, "policy"),
    ("sys/mounts/{prefix}/pki/etcd/tune", {"max_lease_ttl": "10h"}, "max_lease_ttl"),
)


@pytest.mark.parametrize(("path", "data", "key"), DRIFT, ids=[row[2] for row in DRIFT])
def test_drift_is_shown_and_mended(made, path, data, key):
    """What somebody changed by hand is one change of the plan, and gone after an apply."""
    on, wanted = made
    on.write(path.format(prefix=wanted.prefix, cluster=wanted.cluster), data)
    (step,) = planned(on, wanted).steps
    assert (step.action, key in {change.key for change in step.changes}) == ("change", True)
    provisioned(on, wanted)
    assert planned(on, wanted).steps == ()


UNWATCHED = {
    "allow_globs_in_identity_templates",  # of templates, which are off
    "local_secret_ids",  # settled when the role is made
    "name",
    "explicit_max_ttl",  # older names
    "period",
}


def test_nothing_that_a_server_tells_is_left_out(made):
    """Whatever parameter of a role this server knows, a change of it is a change of the plan."""
    on, wanted = made
    for entry in entries(wanted):
        told = set(on.read(entry.path) or {})
        assert entry.what == "policy" or told - set(entry.wanted) <= UNWATCHED, entry.path


def test_clusters_of_one_name_have_token_roles_of_their_own(bao):
    """Below prefixes of their own they share a server's one list of token roles: neither changes the other's."""
    on, name = client(bao), f"c{secrets.token_hex(4)}"
    both = [cluster(clusterName=name, vault={"server": bao.address, "pathPrefix": f"{at}/{name}"}) for at in "ab"]
    for wanted in both:
        provisioned(on, wanted)
    assert [(planned(on, wanted).steps, planned(on, wanted).strays) for wanted in both] == [((), ())] * 2


@pytest.mark.parametrize("how", ["data", "destroy"])
def test_a_deleted_key_pair_is_told_and_not_made_anew(bao, how):
    """A version that is gone still counts: Vault would refuse a new first one, and old tokens would be void."""
    on, wanted = client(bao), cluster()
    provisioned(on, wanted)
    if how == "data":
        on.delete(wanted.key_pair)
    else:
        on.write(wanted.key_pair.replace("/data/", "/destroy/"), {"versions": [1]})
    plan = planned(on, wanted)
    assert (plan.steps, [problem.message for problem in plan.report]) == (
        (),
        [f"{wanted.key_pair} holds nothing instead of private and public"],
    )


def test_what_is_not_of_the_spec_is_shown_and_left_alone(made, bao):
    """A policy, a role, an AppRole and a token role that nobody wants any more are told, and survive an apply."""
    on, wanted = made
    prefix = wanted.prefix
    extra = {
        f"sys/policies/acl/{prefix}/old": {"policy": 'path "x" { capabilities = ["read"] }'},
        f"{prefix}/pki/etcd/roles/old": {"allow_any_name": True},
        f"auth/{prefix}/approle/role/old": {},
        f"auth/token/roles/{wanted.cluster}_old": {"allowed_policies": [f"{prefix}/bootstrap/old"]},
    }
    for path, data in extra.items():
        on.write(path, data)
    provisioned(on, wanted)
    plan = planned(on, wanted)
    assert (plan.steps, set(plan.strays)) == ((), set(extra))
    for path in extra:
        bao.call("DELETE", path)


def test_a_cut_at_any_request_is_completed_by_the_next_runs(bao):
    """Whichever write loses its answer, the next run goes on; authorities and the key pair are made once."""
    wanted = cluster(adminCertificate="none", vault={"server": bao.address, "authorities": {"mode": "root"}})
    lost = set[str]()

    def judge(method: str, path: str) -> int | str:
        if method != "POST" or path in lost:
            return 0
        lost.add(path)
        return "lost"

    on = client(bao)
    with Front(bao.address, judge) as front:
        through = client(bao, address=front.address)
        runs = 1
        while not _finished(on, through, wanted):
            runs += 1
    assert runs == len(lost) + 1 > 70
    assert planned(on, wanted).steps == ()
    for authority in wanted.authorities:
        assert len(on.listing(f"{authority.mount}/issuers")) == len(on.listing(f"{authority.mount}/keys")) == 1
    metadata = on.read(wanted.key_pair.replace("/data/", "/metadata/")) or {}
    assert metadata["current_version"] == 1


def _finished(on: Client, through: Client, wanted: Layout) -> bool:
    try:
        provisioned(on, wanted, through)
    except Refused:
        return False
    return True


def test_a_key_pair_that_came_meanwhile_is_not_overwritten(bao):
    """Two runs at once make one key pair: the second is refused by Vault itself."""
    on, wanted = client(bao), cluster()
    steps = planned(on, wanted).steps
    provisioned(on, wanted)
    before = on.read(wanted.key_pair)
    with pytest.raises(Refused, match="check-and-set"):
        apply(on, wanted, [step for step in steps if step.how == "key-pair"], lambda _: None)
    apply(on, wanted, [step for step in steps if step.what == "authority"], lambda _: None)
    assert on.read(wanted.key_pair) == before
    assert len(on.listing(f"{wanted.authorities[0].mount}/issuers")) == 1


def test_an_authority_that_ends_too_soon_is_told(made):
    """Before its end, when certificates would outlive it, and after it: each has its own words."""
    on, wanted = made
    end = time.time() + 315_360_000
    days = 86400
    told = [next(iter(planned(on, wanted, now).report)).message for now in (end - 80 * days, end - days, end + 9)]
    assert "refuses to sign in 49 days" in told[0] or "refuses to sign in 50 days" in told[0]
    assert "before a certificate of 720h would" in told[1]
    assert told[2].endswith("has expired")


def test_more_than_one_certificate_is_complained_about(bao):
    """A bundle that was imported by hand lets a leaf of one authority pass as another's: the plan says so."""
    on, wanted = client(bao), cluster(vault={"server": bao.address, "authorities": {"mode": "root"}})
    provisioned(on, wanted)
    root, other = wanted.authorities[0].mount, wanted.authorities[1].mount
    pem = (on.read(f"{root}/cert/ca_chain") or {})["ca_chain"]
    on.write(f"{other}/issuers/import/cert", {"pem_bundle": pem})
    (problem,) = planned(on, wanted).report
    assert "holds 2 certificates" in problem.message
    on.write(f"{other}/issuer/default", {"manual_chain": ["default"]})
    assert list(planned(on, wanted).report) == []


def test_a_namespace_is_a_server_of_its_own(bao):
    """Everything lies in the namespace that the connection names; one that does not exist is told."""
    name, wanted = f"n{secrets.token_hex(4)}", cluster()
    bao.call("POST", f"sys/namespaces/{name}")
    inside, missing = (
        Client(Connection(address=bao.address, token=Secret(bao.root), namespace=namespace, pauses=()))
        for namespace in (name, "nowhere")
    )
    preflight(inside, wanted, reading=False)
    provisioned(inside, wanted)
    assert planned(inside, wanted).steps == ()
    # The health of a server belongs to no namespace.
    assert abs((inside.now() or 0) - time.time()) < 30
    with pytest.raises(Refused, match="knows no namespace nowhere"):
        preflight(missing, wanted, reading=False)
    assert len(planned(client(bao), wanted).steps) > 70
    with pytest.raises(Refused, match="in namespace nowhere"):
        read_live(missing, wanted)
