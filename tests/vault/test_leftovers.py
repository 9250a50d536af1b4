"""What a cluster needs no more: all of it, nothing else, and in an order that can be cut anywhere."""

from dataclasses import replace
from typing import Any

import pytest

from cloudgen.vault import Layout, Live, LiveMount, compare, entries, layout
from cloudgen.vault.entries import mount_path
from tests.specs import spec

NAMES = ("a", "b", "kubelet-client-x")
"""An AppRole of the last can be read as another issuer's, of a machine x."""


def cluster(*names: str, name: str = "prod", **sections: Any) -> Layout:
    """One that has these masters."""
    return layout(spec(clusterName=name, masters=[{"name": name} for name in names], **sections))


def held(*layouts: Layout, wanted: Layout, more: tuple[str, ...] = ()) -> Live:
    """A server that holds everything of some layouts, as it is read for one of them."""
    found = {entry.path: entry.wanted for one in layouts for entry in entries(one)}
    ours = {entry.path for entry in entries(wanted)}
    mounts = {mount_path(m): LiveMount(kind=m.kind) for one in layouts for m in one.mounts}
    return Live(mounts=mounts, entries=found, strays=tuple(sorted({*found, *more} - ours)))


def deleted(wanted: Layout, live: Live) -> list[str]:
    """The paths that would be, in their order."""
    return [step.path for step in compare(wanted, live, 0, prune=True).steps if step.action == "delete"]


@pytest.mark.parametrize("gone", NAMES)
def test_all_of_a_machine_that_is_gone(gone):
    """Whatever there is beside what the others need: AppRoles first, bootstrap policies last; nothing stays behind."""
    before, wanted = cluster(*NAMES), cluster(*(name for name in NAMES if name != gone), "new")
    live = held(before, wanted=wanted)
    steps = [step for step in compare(wanted, live, 0, prune=True).steps if step.action == "delete"]
    assert sorted(step.path for step in steps) == sorted(live.strays)
    assert len(steps) == 17 * 3 + 7 + 1 or gone != "b"
    kinds = list(dict.fromkeys(step.what for step in steps))
    assert kinds == ["AppRole", "token role", "PKI role", "policy"]
    policies = ["/bootstrap/" in step.path for step in steps if step.what == "policy"]
    assert policies == sorted(policies)


def test_all_of_an_issuer_that_is_gone():
    """Without the administrator's certificate its identities go on every machine, and the role that they shared."""
    before, wanted = cluster(*"abc"), cluster(*"abc", adminCertificate="none")
    paths = deleted(wanted, held(before, wanted=wanted))
    assert len(paths) == 3 * 3 + 1
    assert "clusters/prod/pki/kubernetes/roles/kubeadm-client" in paths


def test_unasked_nothing_is_a_step():
    """It is told apart from what cloudgen never made, and is no change."""
    before, wanted = cluster(*"abc"), cluster("a")
    live = held(before, wanted=wanted, more=("sys/policies/acl/clusters/prod/odd",))
    asked, unasked = (compare(wanted, live, 0, prune=prune) for prune in (True, False))
    gone = tuple(step for step in asked.steps if step.action == "delete")
    assert (asked.unneeded, unasked.unneeded) == ((), gone)
    assert asked.steps[-len(gone) :] == gone
    assert asked.steps[: -len(gone)] == unasked.steps
    assert asked.strays == unasked.strays == ("sys/policies/acl/clusters/prod/odd",)


def test_a_cut_anywhere_is_completed():
    """After each step what is left is still known for what it is."""
    before, wanted = cluster(*NAMES), cluster("a", "b", "new")
    live = held(before, wanted=wanted)
    left = deleted(wanted, live)
    while left:
        done = left.pop(0)
        live = replace(live, strays=tuple(path for path in live.strays if path != done))
        assert deleted(wanted, live) == left


STRANGERS = (
    "auth/clusters/prod/approle/role/kubelet-client-worker-1",
    "auth/clusters/prod/approle/role/etcd-ca-Ünd ?#%2f",
    "clusters/prod/pki/kubernetes/roles/kubelet-client-worker-1",
    "clusters/prod/pki/kubernetes/roles/old",
    "sys/policies/acl/clusters/prod/kubelet-client-worker-1",
    "sys/policies/acl/clusters/prod/bootstrap/old",
    "sys/policies/acl/clusters/prod/bootstrap/etcd-ca-",
    "sys/policies/acl/clusters/prod/bootstrap/etcd-ca-a_b",
    "sys/policies/acl/clusters/prod/bootstrap/etcd-ca-../run",
    "sys/policies/acl/clusters/prod/bootstrap/etcd-ca-x/y",
    "sys/policies/acl/clusters/prod/x/bootstrap/etcd-ca-b",
    "sys/policies/acl/clusters/prod-2/bootstrap/etcd-ca-b",
    "sys/mounts/clusters/prod/pki/old",
    "sys/auth/clusters/prod/old",
    "auth/token/roles/prod_",
    "auth/token/roles/prod_b",
    "auth/token/roles/prod_b c",
)


@pytest.mark.parametrize("path", STRANGERS)
def test_what_cloudgen_never_made_is_left_alone(path):
    """Mounts; what only begins like a name of ours; what is called so, but has no bootstrap policy."""
    live = Live(strays=(path,))
    assert deleted(cluster("a"), live) == []
    assert compare(cluster("a"), live, 0).strays == (path,)


@pytest.mark.parametrize(
    ("allowed", "ours"),
    [
        (["clusters/prod/bootstrap/etcd-ca-b"], True),
        (["clusters/prod/bootstrap/etcd-ca-b", "clusters/prod/bootstrap/etcd-peer-b"], True),
        (["clusters/prod/bootstrap/etcd-ca-c"], False),
        (["clusters/prod/bootstrap/etcd-ca-b", "default"], False),
        (["clusters/other/bootstrap/etcd-ca-b"], False),
        ([], False),
        (None, False),
    ],
)
def test_a_token_role_is_known_by_what_it_makes(allowed, ours):
    """Another cluster of the same name, below another prefix, has its own."""
    path = "auth/token/roles/prod_b"
    live = Live(strays=(path,), entries={path: {"allowed_policies": allowed}})
    assert deleted(cluster("a"), live) == [path] * ours


@pytest.mark.parametrize(
    ("prefix", "others"),
    [("clusters/prod", "clusters/prod/bootstrap"), ("clusters/prod/bootstrap", "clusters/prod"), ("K8s/a", "k8s/A")],
)
def test_where_two_clusters_policies_have_the_same_names_nothing_goes(prefix, others):
    """Vault keeps names of policies in lower case, and a prefix can lie in another: who made one, none can tell."""

    def below(path: str, *names: str) -> Layout:
        return cluster(*names, vault={"server": "https://a", "pathPrefix": path})

    wanted = below(prefix, "a")
    assert deleted(wanted, held(below(prefix, "b"), wanted=wanted)) != []
    assert deleted(wanted, held(below(prefix, "b"), below(others, "c"), wanted=wanted)) == []
