from collections import Counter
from typing import Any

import pytest

from cloudgen.generate import machine_facts
from cloudgen.pki import CERTIFICATE_NAMES, Catalogue
from tests.specs import IPV6, spec

CARRY_THE_MACHINE = {
    "etcd-peer",
    "etcd-server",
    "kube-apiserver",
    "kubelet-client",
    "kubelet-server",
    "kube-controller-manager-server",
    "kube-scheduler-server",
}


def catalogue(machine: str = "master-0", **sections: Any) -> Catalogue:
    """The catalogue of a machine."""
    return machine_facts(spec(**sections), machine).pki


def test_there_are_31_files():
    """The article's set: three authorities, thirteen certificates with their keys, and the key pair."""
    files = catalogue().files
    assert len(files) == 31
    assert len(set(files)) == 31
    assert list(files) == sorted(files)
    assert all(file.startswith("/etc/kubernetes/pki/") for file in files)


def test_without_the_administrator_there_are_29():
    """The administrator's certificate and key are on the machines that are chosen."""
    assert len(catalogue("master-0", adminCertificate="first").files) == 31
    assert len(catalogue("master-1", adminCertificate="first").files) == 29
    assert len(catalogue(adminCertificate="none").issuers) == len(catalogue().issuers) - 1


def test_names_are_unique():
    """Certificates, issuers, AppRoles and paths: each once."""
    made = catalogue()
    for names in (
        [c.name for c in made.certificates],
        [i.name for i in made.issuers],
        [i.app_role for i in made.issuers],
        [c.path for c in made.certificates] + [c.key_path for c in made.certificates],
    ):
        assert [name for name, count in Counter(names).items() if count > 1] == []
    assert {c.name for c in made.certificates} == set(CERTIFICATE_NAMES)


def test_every_certificate_has_its_issuer_and_authority():
    """Nothing refers to what is not there."""
    made = catalogue()
    issuers, authorities = {i.name: i for i in made.issuers}, {a.name: a for a in made.authorities}
    for certificate in made.certificates:
        assert issuers[certificate.issuer].mount == authorities[certificate.authority].mount


def test_identities_are_the_machine_s():
    """Each AppRole belongs to one machine; a role whose names carry the machine does too, the others are shared."""
    first, second = catalogue("master-0"), catalogue("master-1")
    assert {i.app_role for i in first.issuers}.isdisjoint(i.app_role for i in second.issuers)
    roles = {i.name: i.role for i in first.issuers if i.role}
    assert {name for name, role in roles.items() if role == f"{name}-master-0"} == CARRY_THE_MACHINE
    assert {i.role for i in second.issuers if i.name not in CARRY_THE_MACHINE} == {
        i.role for i in first.issuers if i.name not in CARRY_THE_MACHINE
    }
    assert (first.token_role, second.token_role) == ("example_master-0", "example_master-1")
    elsewhere = {
        catalogue(vault={"server": "https://v.example.org", "pathPrefix": at}).token_role for at in ("a/b", "a.b")
    }
    assert len({*elsewhere, first.token_role}) == 3


def test_paths_of_vault_lie_below_the_cluster_s():
    """Mounts and the KV secret; another prefix moves all of them."""
    assert {i.mount for i in catalogue().issuers if i.mount} == {
        f"clusters/example/pki/{name}" for name in ("etcd", "front-proxy", "kubernetes")
    }
    made = catalogue(vault={"server": "https://v.example.org", "pathPrefix": "a/b"})
    assert all(a.mount.startswith("a/b/pki/") for a in made.authorities)
    assert made.names.prefix == "a/b"


def test_names_of_the_api_server(golden):
    """Its certificate holds every name and address that somebody dials."""
    made = catalogue(api={"endpoint": "k.example.org", "addresses": ["10.0.0.100"]}).certificate("kube-apiserver")
    assert "\n".join((*made.hostnames, *made.addresses, "")) == golden(name="kube-apiserver.txt")


@pytest.mark.parametrize(
    ("networking", "address"),
    [
        ({}, "10.96.0.1"),
        ({"serviceSubnet": "172.20.0.0/20"}, "172.20.0.1"),
        ({"serviceSubnet": "10.0.96.0/28"}, "10.0.96.1"),
    ],
)
def test_the_service_s_address_is_the_first_of_its_range(networking, address):
    """In-cluster clients of `kubernetes.default` find their address in the certificate, whatever the range."""
    assert catalogue(networking=networking).certificate("kube-apiserver").addresses[0] == address


def test_ipv6_names():
    """The same holds for IPv6, and the machine's own address is among the names."""
    made = catalogue("a", **IPV6).certificate("kube-apiserver")
    assert made.addresses == ("fd01::1", "127.0.0.1", "fd00::1")


def test_the_cluster_s_domain_is_followed():
    """Names below the DNS domain, and its first label alone, as the article has them."""
    made = catalogue(networking={"dnsDomain": "k8s.internal"}).certificate("kube-apiserver").hostnames
    assert "kubernetes.default.svc.k8s.internal" in made
    assert "kubernetes.default.svc.k8s" in made
    assert not [name for name in made if "cluster" in name]


def test_a_known_address_is_exact():
    """With an address no interface is searched for one."""
    made = catalogue()
    assert all(not certificate.interfaces for certificate in made.certificates)
    assert "10.0.0.10" in made.certificate("kubelet-server").addresses


def test_an_unknown_address_is_the_network_card_s():
    """Without one, servers' certificates take it from the card: by an anchored pattern, the provider's or one's own."""
    made = catalogue(masters={"count": 1}, provider="openstack")
    serving = {c.name for c in made.certificates if c.interfaces}
    assert serving == {c.name for c in made.certificates if "127.0.0.1" in c.addresses}
    assert made.certificate("kubelet-server").interfaces == ("^lo$", "^(eth|ens|enp)[0-9a-z]+$")
    own = catalogue(masters={"count": 1}, pki={"nicPattern": "^bond0$"})
    assert own.certificate("kubelet-server").interfaces == ("^lo$", "^bond0$")
    assert own.certificate("kubelet-client").interfaces == ()


def test_clients_need_no_names():
    """A client's certificate is known by its common name and group."""
    made = catalogue()
    for name in ("kubelet-client", "kubeadm-client", "kube-scheduler-client", "front-proxy-client"):
        certificate = made.certificate(name)
        assert (certificate.hostnames, certificate.addresses) == ((), ())
        assert certificate.usages == ("client auth",)
    assert made.certificate("kubelet-client").common_name == "system:node:master-0-example"
    assert made.certificate("kubelet-client").organization == ("system:nodes",)
    assert made.certificate("kubeadm-client").organization == ("system:masters",)


def test_lifetimes_may_differ():
    """All certificates share lifetimes and key sizes, but for those that say otherwise."""
    own = {"kube-apiserver": {"ttl": "2d", "renewBefore": "1d", "keySize": 4096, "hostnames": ["a.example.org"]}}
    made = catalogue(pki={"ttl": "10d", "renewBefore": "3d", "keySize": 3072, "certificates": own})
    assert [(c.ttl, c.renew_before, c.key_size) for c in made.certificates if c.name != "kube-apiserver"] == [
        ("240h", "72h", 3072)
    ] * 12
    api = made.certificate("kube-apiserver")
    assert (api.ttl, api.renew_before, api.key_size) == ("48h", "24h", 4096)
    assert "a.example.org" in api.hostnames


def test_the_api_s_addresses_may_be_looked_up():
    """The lookup is an option: nothing is ordered while the name does not resolve."""
    assert catalogue().certificate("kube-apiserver").lookups == ()
    made = catalogue(pki={"apiLookup": True})
    assert made.certificate("kube-apiserver").lookups == ("api.example.example.org",)
    assert made.certificate("etcd-server").lookups == ()


def test_the_key_pair_is_staged():
    """key-keeper may spoil it: it is dropped elsewhere, validated and then moved."""
    for half in catalogue().key_pair:
        assert half.staged.startswith("/var/lib/key-keeper/staged/")
        assert half.path.startswith("/etc/kubernetes/pki/certs/kube-apiserver/kube-apiserver-sa.")
