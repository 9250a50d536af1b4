"""What is asked of Vault when a cluster is minted for, and what its answers mean."""

import json

import pytest

from cloudgen.report import Refused
from cloudgen.secrets import Secret
from cloudgen.vault import layout, token_path
from cloudgen.vault.minting import epoch, given, grants, request, run_request, select, time_left
from tests.specs import spec


def wanted(**bootstrap: str):
    return layout(spec(vault={"server": "https://v.example.org", "bootstrap": bootstrap}))


def test_every_machine_as_every_issuer():
    """In the spec's order; a part by names; unknown names are told together."""
    whole = grants(wanted())
    assert len(whole) == len({(grant.machine, grant.name) for grant in whole}) == 51
    part = grants(wanted(), ["master-1"], ["etcd-ca", "etcd-peer"])
    assert [(g.machine, g.name, g.app_roles) for g in part] == [
        ("master-1", "etcd-ca", ("etcd-ca-master-1",)),
        ("master-1", "etcd-peer", ("etcd-peer-master-1",)),
    ]
    with pytest.raises(Refused, match="no machine is named master-9; no issuer is named x"):
        select(wanted(), ["master-9"], ["x"])


def test_a_wrapped_token_is_asked_for_exactly():
    """Two uses, one policy of two paths, a life of wrapping and boot, no renewal, metadata."""
    one = wanted(wrapTtl="10m", bootMargin="5m")
    (grant,) = grants(one, ["master-0"], ["etcd-ca"])
    asked = request(one, grant, "r")
    assert (asked.path, asked.wrap_ttl) == (token_path(grant.token_role), "600s")
    assert asked.data == {
        "policies": ["clusters/example/bootstrap/etcd-ca-master-0"],
        "num_uses": 2,
        "ttl": "900s",
        "explicit_max_ttl": "900s",
        "renewable": False,
        "no_default_policy": True,
        "display_name": "cloudgen-master-0",
        "meta": {"cluster": "example", "machine": "master-0", "issuer": "etcd-ca", "run": "r"},
    }


def test_the_run_outlives_what_it_makes():
    """It is asked for as long as its role allows, which is longer than any child and the time to mint."""
    one = wanted()
    asked = run_request(one, "r")
    assert (asked.path, asked.data["policies"]) == (token_path(one.run_role.name), ["clusters/example/run"])
    assert time_left(one, int(asked.data["ttl"].removesuffix("s"))) >= 0
    assert time_left(one, one.token_seconds) < 0


def test_other_modes():
    """A secret-id names its run in its metadata; a bare token is not wrapped; a shared one opens every AppRole."""
    secret_id = wanted(mode="wrapped-secret-id")
    asked = request(secret_id, grants(secret_id)[0], "r")
    assert asked.path.endswith("/role/kube-apiserver-sa-master-0/secret-id")
    assert (json.loads(asked.data["metadata"])["run"], asked.wrap_ttl) == ("r", "900s")
    bare = wanted(mode="token")
    assert request(bare, grants(bare)[0], "r").wrap_ttl == ""
    shared = wanted(mode="shared")
    (grant,) = grants(shared, ["master-0"])
    asked = request(shared, grant, "r")
    assert (grant.name, asked.data["num_uses"], len(asked.data["policies"]), asked.wrap_ttl) == ("shared", 34, 17, "")
    with pytest.raises(Refused, match="--issuer has no meaning"):
        grants(shared, [], ["etcd-ca"])


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-11-23T08:39:10.999999999Z", 1795423150),
        ("2026-11-23T11:39:10.4+03:00", 1795423150),
    ],
)
def test_moments_are_rounded_down(text, seconds):
    """Nanoseconds, whatever their number, and offsets."""
    assert epoch(text) == seconds


def test_an_answer_is_masked():
    """The token of an answer is a secret at once; one that is not wrapped is refused."""
    info = {
        "token": "s.x",
        "accessor": "a",
        "wrapped_accessor": None,
        "ttl": 60,
        "creation_time": "1970-01-01T00:00:01Z",
    }
    got = given({"wrap_info": info})
    assert (got.token, got.wrapped_accessor, got.expires) == (Secret("s.x"), "", 61)
    assert "s.x" not in repr(got)
    with pytest.raises(ValueError, match="not wrapped"):
        given({"auth": {"client_token": "s.x"}})
