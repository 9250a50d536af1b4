"""What an issuer's credentials get signed on a live server, exactly as key-keeper asks, and what they are refused."""

import ipaddress
from collections.abc import Iterable
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from cloudgen.edge.vault.client import Client
from cloudgen.generate import machine_facts
from cloudgen.pki import CERTIFICATE_NAMES, Certificate
from cloudgen.report import Refused
from cloudgen.secrets import Secret
from cloudgen.vault import layout
from tests.edge.vault.servers import THREE, client, cluster, logged_in, provisioned
from tests.specs import spec

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
USAGES = {"client auth": ExtendedKeyUsageOID.CLIENT_AUTH, "server auth": ExtendedKeyUsageOID.SERVER_AUTH}
HOUR = {"ttl": "1h"}


class Cluster:
    """A provisioned cluster of three masters; asks as one of their issuers."""

    def __init__(self, on: Client, **sections: Any) -> None:
        self.spec = spec(masters=THREE, api={"addresses": ["10.0.0.100"]}, **sections)
        self.on, self.wanted = on, layout(self.spec)
        provisioned(on, self.wanted)
        self.facts = [machine_facts(self.spec, m["name"]) for m in THREE]
        self._clients: dict[str, Client] = {}

    def as_issuer(self, app_role: str) -> Client:
        """A client that has logged in."""
        if app_role not in self._clients:
            self._clients[app_role] = logged_in(self.on, self.wanted, app_role)
        return self._clients[app_role]

    def certificate(self, name: str, machine: int = 0) -> Certificate:
        """A leaf of a machine."""
        return self.facts[machine].pki.certificate(name)

    def sign(self, name: str, csr: str, machine: int = 0, **more: Any) -> x509.Certificate:
        """Sign a CSR as the issuer of a certificate."""
        issuer = next(i for i in self.facts[machine].pki.issuers if i.name == self.certificate(name).issuer)
        data = {"csr": csr, "ttl": "24h", **more}
        answer = self.as_issuer(issuer.app_role).write(f"{issuer.mount}/sign/{issuer.role}", data)
        return x509.load_pem_x509_certificate(answer["data"]["certificate"].encode())


@pytest.fixture(scope="module")
def three(bao):
    return Cluster(client(bao), clusterName="signing", pki={"subject": {"country": "NL"}})


def csr(
    common_name: str,
    hostnames: Iterable[str] = (),
    addresses: Iterable[str] = (),
    key: Any = KEY,
    uris: Iterable[str] = (),
) -> str:
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in hostnames]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
    names += [x509.UniformResourceIdentifier(uri) for uri in uris]
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else [])
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()


def names_of(certificate: x509.Certificate) -> set[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    return {str(name.value) for name in found}


@pytest.mark.parametrize("name", CERTIFICATE_NAMES)
def test_every_certificate_is_signed(three, name):
    """Each leaf of the catalogue is signed for its own machine: name, organisation, names, usages, lifetime."""
    for machine in (0, 2):
        wanted = three.certificate(name, machine)
        got = three.sign(name, csr(wanted.common_name, wanted.hostnames, wanted.addresses), machine, ttl=wanted.ttl)
        subject = {a.oid: a.value for a in got.subject}
        assert subject[NameOID.COMMON_NAME] == wanted.common_name
        assert subject.get(NameOID.ORGANIZATION_NAME) == (wanted.organization[0] if wanted.organization else None)
        assert subject[NameOID.COUNTRY_NAME] == "NL"
        assert names_of(got) == {*wanted.hostnames, *wanted.addresses}
        extended = got.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert set(extended) == {USAGES[usage] for usage in wanted.usages}
        lifetime = (got.not_valid_after_utc - got.not_valid_before_utc).total_seconds()
        assert 720 * 3600 <= lifetime <= 720 * 3600 + 120


OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("kubelet-client", {"common_name": "system:node:master-1-signing"}),
    ("kubelet-client", {"common_name": "system:admin"}),
    ("kubelet-client", {"common_name": "system:node:master-0-signing", "hostnames": ["localhost"]}),
    ("kubelet-client", {"common_name": "system:node:master-0-signing", "addresses": ["10.0.0.10"]}),
    ("kubelet-client", {"common_name": ""}),
    ("kubelet-server", {"common_name": "system:node:master-1-signing"}),
    ("kubelet-server", {"common_name": "system:node:master-0-signing", "hostnames": ["master-1-signing"]}),
    ("kubelet-server", {"common_name": "system:node:master-0-signing", "hostnames": ["kubernetes"]}),
    ("kubelet-server", {"common_name": "system:node:master-0-signing", "hostnames": ["*.signing.example.org"]}),
    ("kubelet-server", {"common_name": "system:node:master-0-signing", "hostnames": ["a.master-0-signing"]}),
    ("kubelet-server", {"common_name": "system:node:master-0-signing", "addresses": ["10.0.0.11"]}),
    ("kubelet-server", {"common_name": "system:node:master-0-signing", "addresses": ["10.96.0.1"]}),
    ("kubelet-server", {"common_name": "system:node:master-0-signing", "addresses": ["10.0.0.100"]}),
    ("kubelet-server", {"common_name": "system:node:master-0-signing", "uris": ["spiffe://signing/other"]}),
    ("etcd-peer", {"common_name": "system:etcd-peer", "hostnames": ["master-1.signing.example.org"]}),
    ("etcd-server", {"common_name": "system:etcd-server", "addresses": ["10.0.0.12"]}),
    ("kube-scheduler-server", {"common_name": "custom:kube-scheduler", "addresses": ["10.96.0.1"]}),
    ("kube-scheduler-server", {"common_name": "custom:kube-scheduler", "hostnames": ["kubernetes.default.svc"]}),
    ("kube-scheduler-client", {"common_name": "system:kube-controller-manager"}),
    ("front-proxy-client", {"common_name": "custom:kubeadm-client"}),
    ("kube-apiserver-etcd-client", {"common_name": "system:etcd-server"}),
    ("kube-apiserver", {"common_name": "custom:kube-apiserver", "addresses": ["10.0.0.11"]}),
]


@pytest.mark.parametrize(("name", "asked"), OTHERS, ids=[f"{n}-{'-'.join(map(str, a.values()))}" for n, a in OTHERS])
def test_names_of_others_are_refused(three, name, asked):
    """No role signs another machine's or component's name, host name or address."""
    with pytest.raises(Refused, match="HTTP 400"):
        three.sign(name, csr(**asked))


def test_weaker_keys_are_refused(three):
    """Elliptic keys and shorter RSA keys are none that the catalogue orders."""
    weak = (ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(public_exponent=65537, key_size=1024))  # noqa: S505
    for key in weak:
        with pytest.raises(Refused, match="HTTP 400"):
            three.sign("kube-scheduler-client", csr("system:kube-scheduler", key=key))


def test_a_request_cannot_widen_its_role(three):
    """Names beside the CSR are ignored, a longer lifetime is cut, an end of one's own choice is refused or cut."""
    asked = csr("system:kube-scheduler")
    wider = {"common_name": "system:admin", "alt_names": "kubernetes", "ip_sans": "10.96.0.1", "uri_sans": "a://b"}
    got = three.sign("kube-scheduler-client", asked, ext_key_usage=["ServerAuth"], **wider)
    assert (got.subject.rfc4514_string(), names_of(got)) == ("CN=system:kube-scheduler,C=NL", set())
    usages = got.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(usages) == {ExtendedKeyUsageOID.CLIENT_AUTH}
    for more in ({"ttl": "87600h"}, {"not_after": "2033-01-01T00:00:00Z"}):
        try:
            got = three.sign("kube-scheduler-client", asked, **more)
        except Refused:
            continue
        assert (got.not_valid_after_utc - got.not_valid_before_utc).days <= 30


def test_a_client_certificate_is_none_for_servers(three):
    """A client's certificate holds no server usage, and a server's no client usage where none is ordered."""
    for name, excluded in (("kubelet-client", "server auth"), ("kubelet-server", "client auth")):
        got = three.sign(name, csr("system:node:master-0-signing"))
        assert USAGES[excluded] not in set(got.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)


def test_an_issuer_may_do_one_thing(three):
    """A login as one issuer signs with no other role, on no other mount, and reads nothing."""
    prefix, own = three.wanted.prefix, three.as_issuer("kubelet-client-master-0")
    etcd, kubernetes = f"{prefix}/pki/etcd", f"{prefix}/pki/kubernetes"
    asked = {"csr": csr("system:node:master-1-signing"), **HOUR}
    for path in (
        f"{kubernetes}/sign/kubelet-client-master-1",
        f"{kubernetes}/sign/kubelet-server-master-0",
        f"{kubernetes}/sign/kubeadm-client",
        f"{kubernetes}/sign-verbatim",
        f"{kubernetes}/sign-verbatim/kubelet-client-master-0",
        f"{kubernetes}/issue/kubelet-client-master-0",
        f"{etcd}/sign/etcd-client",
        f"auth/{prefix}/approle/role/kubelet-client-master-1/secret-id",
        f"auth/{prefix}/approle/role/kubelet-client-master-0/secret-id",
    ):
        with pytest.raises(Refused, match="may not write"):
            own.write(path, asked)
    for path in (three.wanted.key_pair, f"{kubernetes}/roles/kubelet-client-master-0", "auth/token/lookup-self"):
        with pytest.raises(Refused, match="may not read"):
            own.read(path)
    assert (three.as_issuer("kube-apiserver-sa-master-2").read(three.wanted.key_pair) or {})["data"]["private"]


def run_token(three: Cluster) -> Client:
    wanted = three.wanted
    answer = three.on.write(f"auth/token/create/{wanted.run_role.name}", {"policies": [f"{wanted.prefix}/run"]})
    assert (answer["auth"]["orphan"], answer["auth"]["renewable"]) == (True, False)
    return three.on.with_token(Secret(answer["auth"]["client_token"]))


def test_a_run_token_makes_wrapped_bootstrap_tokens_and_nothing_else(three):
    """Bare tokens, other policies and other roles are refused to it; what it makes is short-lived and dies with it."""
    run, prefix = run_token(three), three.wanted.prefix
    path, own = "auth/token/create/signing_master-0", f"{prefix}/bootstrap/etcd-ca-master-0"
    with pytest.raises(Refused):
        run.write(path, {"policies": [own], "num_uses": 2})
    for policies in (["root"], [f"{prefix}/run"], [f"{prefix}/bootstrap/etcd-ca-master-1"]):
        with pytest.raises(Refused):
            run.write(path, {"policies": policies}, wrap_ttl="10m")
    with pytest.raises(Refused, match="may not"):
        run.write("auth/token/create", {"policies": [own]}, wrap_ttl="10m")
    wrapped = run.write(path, {"policies": [own], "num_uses": 2, "ttl": "9h"}, wrap_ttl="10m")["wrap_info"]
    assert wrapped["creation_path"] == path
    told = three.on.write("auth/token/lookup-accessor", {"accessor": wrapped["wrapped_accessor"]})["data"]
    assert (told["policies"], told["renewable"], told["num_uses"], told["orphan"]) == ([own], False, 2, False)
    assert 0 < told["ttl"] <= three.wanted.token_seconds == 1800
    run.write("auth/token/revoke-self")
    with pytest.raises(Refused):
        three.on.write("auth/token/lookup-accessor", {"accessor": wrapped["wrapped_accessor"]})


def test_a_bootstrap_token_opens_two_paths(three):
    """Its own role-id and secret-id, and no other machine's or issuer's."""
    prefix = three.wanted.prefix
    mount = f"auth/{prefix}/approle/role"
    run = run_token(three)
    policies = {"policies": [f"{prefix}/bootstrap/etcd-ca-master-0"]}
    wrapped = run.write("auth/token/create/signing_master-0", policies, wrap_ttl="10m")["wrap_info"]["token"]
    auth = three.on.with_token(Secret(wrapped)).write("sys/wrapping/unwrap")["auth"]
    own = three.on.with_token(Secret(auth["client_token"]))
    assert own.read(f"{mount}/etcd-ca-master-0/role-id")
    assert own.write(f"{mount}/etcd-ca-master-0/secret-id")["data"]["secret_id"]
    for other in ("etcd-ca-master-1", "etcd-peer-master-0"):
        with pytest.raises(Refused, match="may not read"):
            own.read(f"{mount}/{other}/role-id")
        with pytest.raises(Refused, match="may not write"):
            own.write(f"{mount}/{other}/secret-id")


def test_a_machine_without_address_gets_no_address_of_the_cluster(bao):
    """Where the address is known on the machine alone, any but those of the API and of services may be ordered."""
    on = client(bao)
    wanted = layout(spec(clusterName="free", masters=[{"name": "a"}], api={"addresses": ["10.0.0.100"]}))
    provisioned(on, wanted)
    own, path = logged_in(on, wanted, "kubelet-server-a"), f"{wanted.prefix}/pki/kubernetes/sign/kubelet-server-a"
    for address in ("192.168.7.9", "10.0.0.99", "127.0.0.1"):
        assert own.write(path, {"csr": csr("system:node:a-free", addresses=[address]), **HOUR})["data"]["certificate"]
    for address in ("10.96.0.1", "10.0.0.100"):
        with pytest.raises(Refused, match="HTTP 400"):
            own.write(path, {"csr": csr("system:node:a-free", addresses=[address]), **HOUR})


def test_logins_end_with_their_prefix(bao):
    """As docs/vault.md has it after a theft: tokens of logins that were made already are revoked, all at once."""
    on, wanted = client(bao), cluster()
    provisioned(on, wanted)
    own = logged_in(on, wanted, "kube-apiserver-sa-master-0")
    assert own.read(wanted.key_pair)
    on.write(f"sys/leases/revoke-prefix/auth/{wanted.prefix}/approle/login", {"sync": True})
    with pytest.raises(Refused, match="may not read"):
        own.read(wanted.key_pair)
