"""A live server without what a cluster needs no more: by a token that may do that and nothing else; cut, and again."""

import pytest

from cloudgen.edge.vault.applying import apply
from cloudgen.edge.vault.reading import may_delete, preflight
from cloudgen.report import Refused
from cloudgen.vault import Step, least_policy
from cloudgen.vault.entries import mount_path
from tests.edge.vault.servers import (
    ONE,
    THREE,
    Front,
    client,
    cluster,
    logged_in,
    minted,
    planned,
    provisioned,
)


@pytest.fixture
def shrunk(bao):
    """A client, a cluster that had three masters, as it was and with one of them."""
    on, before = client(bao), cluster(masters=THREE)
    provisioned(on, before)
    return on, before, cluster(clusterName=before.cluster, masters=ONE)


def refused(act):
    """Whether the token may not do it."""
    with pytest.raises(Refused, match="the Vault token may not"):
        act()
    return True


def test_the_least_policy_for_prune_is_enough(shrunk):
    """What is not needed any more is gone, last; not so what others made, or a cluster whose name begins alike."""
    on, _, wanted = shrunk
    prefix = wanted.prefix
    other = cluster(clusterName=f"{wanted.cluster}-2", masters=THREE)
    provisioned(on, other)
    strangers = {
        f"sys/policies/acl/{prefix}/bootstrap/etcd-ca-odd name": {"policy": 'path "x" { capabilities = ["read"] }'},
        f"sys/policies/acl/{prefix}/kubelet-client-worker-1": {"policy": 'path "x" { capabilities = ["read"] }'},
        f"{prefix}/pki/kubernetes/roles/kubelet-client-worker-1": {"allow_any_name": True},
        f"auth/{prefix}/approle/role/kubelet-client-worker-1": {},
        f"auth/token/roles/{wanted.cluster}_a.b": {"allowed_policies": [f"{prefix}/bootstrap/etcd-ca-a.b"]},
    }
    for path, data in strangers.items():
        on.write(path, data)
    own = minted(on, least_policy(wanted, "prune"))
    preflight(own, wanted, reading=False)
    plan = planned(own, wanted, prune=True)
    may_delete(own, plan.steps)
    done = [step.action for step in provisioned(own, wanted, prune=True)]
    assert (done.count("delete"), done.index("delete")) == (2 * 59, len(done) - 2 * 59)
    after = planned(own, wanted)
    assert (after.steps, after.unneeded, set(after.strays)) == ((), (), set(strangers))
    assert (planned(on, other), provisioned(own, wanted, prune=True)) == (type(plan)(), [])


def test_the_least_policy_for_prune_deletes_nothing_that_is_needed(shrunk):
    """Neither what the spec names, nor mounts, authorities, keys and secrets, nor another cluster's."""
    on, _, wanted = shrunk
    own = minted(on, least_policy(wanted, "prune"))
    issuer = on.listing(f"{wanted.authorities[0].mount}/issuers")[0]
    for path in (
        *(step.path for step in planned(on, cluster(clusterName=wanted.cluster, masters=THREE)).steps),
        *(mount_path(mount) for mount in wanted.mounts),
        f"{wanted.authorities[0].mount}/issuer/{issuer}",
        f"{wanted.authorities[0].mount}/root",
        wanted.key_pair,
        wanted.key_pair.replace("/data/", "/metadata/"),
        f"auth/{wanted.prefix}/approle/role/etcd-ca-master-0",
        f"auth/{wanted.prefix}/approle/role/etcd-ca-master-1/secret-id-accessor/destroy",
        f"{wanted.prefix}/pki/etcd/roles/etcd-client",
        f"sys/policies/acl/{wanted.prefix}/run",
        f"auth/token/roles/{wanted.cluster}_master-0",
        f"auth/token/roles/{wanted.cluster}-2_master-1",
        f"sys/policies/acl/{wanted.prefix}-2/etcd-ca-master-1",
    ):
        assert refused(lambda path=path: own.delete(path)), path


def test_a_token_that_may_not_delete_is_told_before_anything_is_done(shrunk):
    """What apply without --prune needs is not enough."""
    on, _, wanted = shrunk
    own = minted(on, least_policy(wanted, "apply"))
    plan = planned(own, wanted, prune=True)
    with pytest.raises(Refused, match=r"lacks delete at auth/\S+, .*and 113 more") as caught:
        may_delete(own, plan.steps)
    assert "--for prune" in next(iter(caught.value.report)).remedy


def test_a_machine_that_is_gone_is_nobody(shrunk):
    """It logs in no more, and what it had logged in as may do nothing, as long as no machine is named so again."""
    on, before, wanted = shrunk
    login, keys = f"auth/{wanted.prefix}/approle/login", wanted.key_pair
    role = f"auth/{wanted.prefix}/approle/role/kube-apiserver-sa-master-1"
    role_id = (on.read(f"{role}/role-id") or {})["role_id"]
    credentials = {"role_id": role_id, "secret_id": on.write(f"{role}/secret-id")["data"]["secret_id"]}
    machine = logged_in(on, before, "kube-apiserver-sa-master-1")
    assert on.write(login, credentials)["auth"]["client_token"]
    assert machine.read(keys)
    provisioned(on, wanted, prune=True)
    with pytest.raises(Refused, match="invalid role"):
        on.write(login, credentials)
    assert refused(lambda: machine.read(keys))
    provisioned(on, before)
    with pytest.raises(Refused, match="invalid role"):
        on.write(login, credentials)
    assert machine.read(keys)
    on.write(f"sys/leases/revoke-prefix/{login}", {"sync": True})
    assert refused(lambda: machine.read(keys))


def test_nothing_is_deleted_while_an_authority_waits(bao):
    """Where not all else is as it should be, what is not needed stays, too."""
    on, wanted = client(bao), cluster(vault={"server": bao.address, "authorities": {"mode": "external"}})
    path = f"sys/policies/acl/{wanted.prefix}/old"
    on.write(path, {"policy": 'path "x" { capabilities = ["read"] }'})
    last = Step(action="delete", what="policy", name="old", how="delete", path=path)
    assert apply(on, wanted, [*planned(on, wanted).steps, last], lambda _: None)
    assert on.read(path)
    assert apply(on, wanted, [last], lambda _: None) == {}
    assert on.read(path) is None


def test_a_cut_is_completed_by_the_next_runs(shrunk, bao):
    """Whether the request is lost or its answer, at whatever kind of thing, the next run deletes the rest."""
    on, _, wanted = shrunk
    cuts = [
        (part, verdict)
        for part in ("/approle/role/", "/token/roles/", "/pki/", "/acl/clusters/c", "/bootstrap/")
        for verdict in ("gone", "lost")
    ]

    def judge(method: str, path: str) -> int | str:
        if method == "DELETE" and cuts and cuts[0][0] in path:
            return cuts.pop(0)[1]
        return 0

    runs = 1
    with Front(bao.address, judge) as front:
        through = client(bao, address=front.address)
        while not _finished(on, wanted, through):
            runs += 1
    assert (runs, cuts) == (11, [])
    after = planned(on, wanted)
    assert (after.steps, after.unneeded, after.strays) == ((), (), ())


def _finished(on, wanted, through):
    try:
        provisioned(on, wanted, through, prune=True)
    except Refused:
        return False
    return True
