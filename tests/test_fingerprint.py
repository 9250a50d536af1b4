import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudgen.assemble import assemble, lower
from cloudgen.encoders import ENCODERS
from cloudgen.fingerprint import fingerprint
from cloudgen.generate import build, render
from cloudgen.pieces import File
from cloudgen.secrets import Secret, SecretRef, Secrets
from tests.specs import BASE, node, spec

EDITS: tuple[dict[str, Any], ...] = (
    {"kubernetesVersion": "v1.30.5"},
    {"provider": "yandex"},
    {"packing": "mime-gzip"},
    {"adminCertificate": "first"},
    {"adminCertificate": "none"},
    {"cloudProvider": "external"},
    {"api": {"addresses": ["10.0.0.100"]}},
    {"api": {"endpoint": "api.example.example.org"}},
    {"networking": {"serviceSubnet": "10.97.0.0/16"}},
    {"networking": {"podSubnet": "10.245.0.0/16"}},
    {"ports": {"etcdPeer": 12380}},
    {"pki": {"ttl": "30d"}},
    {"pki": {"ttl": "31d"}},
    {"vault": {**BASE["vault"], "bootstrap": {"wrapTtl": "20m"}}},
    {"vault": {**BASE["vault"], "namespace": "a"}},
    {"vault": {"server": "https://vault.example.org:8200/"}},
    {"kubelet": {"config": {"maxPods": 110}}},
    {"kubelet": {"config": {"maxPods": 250}}},
    {"kubelet": {"extraArgs": {"v": 2}}},
    {"kubelet": {"extraArgs": {"v": 3}}},
    {"etcd": {"disk": {"device": "/dev/vdb"}}},
    {"host": {"sysctl": {"net.ipv4.ip_forward": 1}}},
    {"host": {"packages": ["curl"]}},
    {"host": {"packages": ["htop"]}},
    {"files": [{"path": "/etc/a", "content": "a"}]},
    {"files": [{"path": "/etc/a", "content": "a", "mode": "0644"}]},
    {"files": [{"path": "/etc/a", "contentFrom": {"secret": "a"}}]},
    {"commands": [{"run": ["true"]}]},
    {"bootstrap": {"timeout": "60m"}},
    {"masters": [*BASE["masters"][:2], {**BASE["masters"][2], "zone": "z"}]},
    {"masters": [*BASE["masters"][:2], {**BASE["masters"][2], "address": "10.0.0.99"}]},
)


def seen(sections: dict[str, Any]) -> tuple[str, str]:
    """The fingerprint of the first machine, and everything that the machine itself would be given."""
    made = node(**sections)
    return fingerprint(made), ENCODERS["cloud-config"].encode(made, Secrets())


@given(st.sampled_from(EDITS), st.sampled_from(EDITS))
def test_it_changes_when_and_only_when_the_machine_would(one, other):
    """Of any two specs, the fingerprints are equal exactly where the machine is told the same."""
    (first, text), (second, other_text) = seen(one), seen(other)
    assert (first == second) is (text == other_text)


@pytest.mark.parametrize("edit", EDITS, ids=str)
def test_each_edit_tells_the_same_twice(edit):
    """A fingerprint is a function of the spec, 64 hexadecimal digits long."""
    first, second = fingerprint(node(**edit)), fingerprint(node(**edit))
    assert first == second
    assert len(bytes.fromhex(first)) == 32


def test_secrets_are_no_part_of_it():
    """Minted tokens change what travels, and not the fingerprint."""
    made = spec(files=[{"path": "/etc/a", "contentFrom": {"secret": "a"}}])
    refs = [SecretRef("named", "", "a"), SecretRef("bootstrap-token", "master-0", "etcd-ca")]
    secrets = Secrets({ref: Secret(f"secret of {ref.name}") for ref in refs})
    plain, filled = render(made, "master-0"), render(made, "master-0", secrets)
    assert plain.text != filled.text
    assert plain.fingerprint == filled.fingerprint == fingerprint(filled.node)


def test_which_secret_is_part_of_it():
    """Another secret is another machine, though nobody knows its text."""

    def named(name: str) -> str:
        return fingerprint(node(files=[{"path": "/etc/a", "contentFrom": {"secret": name}}]))

    assert named("a") != named("b")


def test_the_order_of_pieces_is_not():
    """Whoever shuffles the pieces before they are assembled gets the same fingerprint."""
    made = node()
    shuffled = random.Random(1).sample(made.pieces, len(made.pieces))  # noqa: S311 - no secret
    assert shuffled != list(made.pieces)
    again, _ = assemble(made.machine, shuffled)
    assert fingerprint(again) == fingerprint(made)


def test_where_the_user_wrote_it_is_not():
    """Origins serve messages; two spellings of the same machine are one."""
    one, _ = build(spec(files=[{"path": "/etc/a", "content": "a"}, {"path": "/etc/b", "content": "b"}]), "master-0")
    two, _ = build(spec(files=[{"path": "/etc/b", "content": "b"}, {"path": "/etc/a", "content": "a"}]), "master-0")
    assert [f.origin for f in lower(one).of(File)] != [f.origin for f in lower(two).of(File)]
    assert fingerprint(one) == fingerprint(two)
