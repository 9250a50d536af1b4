"""A rendered machine against a real server: its scripts, its configuration, and every certificate that it gets."""

import datetime as dt
import ipaddress
import re
import stat
import subprocess
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.vault.machine import NIC, Machine

MACHINES = ("master-0", "master-1", "master-2")
CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH
BOTH = {CLIENT, SERVER}
NODE, ETCD = ("localhost", "{node}", "{fqdn}"), ("127.0.0.1", "{nic}")


def service(name: str) -> tuple[str, ...]:
    stem = f"{name}.default"
    return ("localhost", stem, f"{stem}.svc", f"{stem}.svc.cluster", f"{stem}.svc.cluster.local")


API = (*service("kubernetes"), "kubernetes", "{node}", "{fqdn}", "api.{cluster}.example.org")
# What each component needs of its certificate: authority, CN, O, usages, names, addresses.
WANTED = {
    "kube-apiserver/kube-apiserver-etcd-client": ("etcd", "system:kube-apiserver-etcd-client", "", {CLIENT}, (), ()),
    "etcd/etcd-peer": ("etcd", "system:etcd-peer", "", BOTH, NODE, ETCD),
    "etcd/etcd-server": ("etcd", "system:etcd-server", "", BOTH, NODE, ("127.0.1.1", *ETCD)),
    "kube-apiserver/front-proxy-client": (
        "front-proxy", "custom:kube-apiserver-front-proxy-client", "", {CLIENT}, (), ()
    ),
    "kube-apiserver/kube-apiserver": (
        "kubernetes", "custom:kube-apiserver", "", {SERVER}, API, ("10.96.0.1", *ETCD, "10.0.0.10")
    ),
    "kube-apiserver/kube-apiserver-kubelet-client": (
        "kubernetes", "custom:kube-apiserver-kubelet-client", "", {CLIENT}, (), ()
    ),
    "kube-controller-manager/kube-controller-manager-client": (
        "kubernetes", "system:kube-controller-manager", "", {CLIENT}, (), ()
    ),
    "kube-controller-manager/kube-controller-manager-server": (
        "kubernetes", "custom:kube-controller-manager", "", {SERVER}, service("kube-controller-manager"), ETCD
    ),
    "kube-scheduler/kube-scheduler-client": ("kubernetes", "system:kube-scheduler", "", {CLIENT}, (), ()),
    "kube-scheduler/kube-scheduler-server": (
        "kubernetes", "custom:kube-scheduler", "", {SERVER}, service("kube-scheduler"), ETCD
    ),
    "kube-apiserver/kubeadm-client": ("kubernetes", "custom:kubeadm-client", "system:masters", {CLIENT}, (), ()),
    "kubelet/kubelet-client": ("kubernetes", "system:node:{node}", "system:nodes", {CLIENT}, (), ()),
    "kubelet/kubelet-server": ("kubernetes", "system:node:{node}", "", {SERVER}, NODE, ETCD),
}  # fmt: skip


@pytest.fixture(params=MACHINES)
def machine(request, masters):
    return masters[request.param]


def read(path: Path) -> x509.Certificate:
    (found,) = x509.load_pem_x509_certificates(path.read_bytes())
    return found


def root(machine: Machine) -> Path:
    return Path(machine.facts.paths.root)


def ca(machine: Machine, name: str) -> Path:
    return root(machine) / f"pki/ca/{name}-ca.pem"


def leaf(machine: Machine, name: str) -> Path:
    return root(machine) / f"pki/certs/{name}.pem"


def attributes(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> list[str | bytes]:
    return [a.value for a in certificate.subject.get_attributes_for_oid(oid)]


def filled(machine: Machine, texts: tuple[str, ...]) -> set[str]:
    number, cluster = machine.facts.machine.name[-1], machine.facts.cluster
    words = {"node": f"master-{number}-{cluster}", "fqdn": f"master-{number}.{cluster}.example.org"}
    return {text.format(**words, nic=f"{NIC}{number}", cluster=cluster) for text in texts}


def openssl(*argv: object) -> bool:
    done = subprocess.run(["openssl", "verify", *map(str, argv)], check=False, capture_output=True)
    return done.returncode == 0


def flags(machine: Machine, name: str) -> dict[str, str]:
    """A component's flags, from its rendered manifest."""
    pod = yaml.safe_load((root(machine) / f"manifests/{name}.yaml").read_text())
    (container,) = (c for c in pod["spec"]["containers"] if c["name"] == name)
    words = [*container.get("command", []), *container.get("args", [])]
    return {w.partition("=")[0].lstrip("-"): w.partition("=")[2] for w in words}


def test_all_files_are_there(machine):
    """13 certificates with their keys, 3 authorities and the key pair: 31 files, and the machine's own check agrees."""
    assert machine.run("pki.sh", "check") == (0, "")
    found = {str(p) for p in (root(machine) / "pki").rglob("*.p[eu][mb]")}
    assert found == set(machine.pki.files)
    assert (len(found), len(WANTED)) == (31, 13)
    assert machine.watch() == (0, "")


@pytest.mark.parametrize("name", WANTED)
def test_certificates_are_what_components_need(machine, name):
    """Name, organisation, names and addresses, usages: exactly those, and no more."""
    _, common_name, organization, usages, names, addresses = WANTED[name]
    certificate = read(leaf(machine, name))
    assert set(attributes(certificate, NameOID.COMMON_NAME)) == filled(machine, (common_name,))
    assert attributes(certificate, NameOID.ORGANIZATION_NAME) == ([organization] if organization else [])
    extensions = certificate.extensions
    assert set(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == usages
    assert not any(e.value.ca for e in extensions if isinstance(e.value, x509.BasicConstraints))
    found = [e.value for e in extensions if isinstance(e.value, x509.SubjectAlternativeName)]
    dns = {n for san in found for n in san.get_values_for_type(x509.DNSName)}
    ips = {a for san in found for a in san.get_values_for_type(x509.IPAddress)}
    # Vault adds the common name where it looks like a host's; none of these does.
    assert dns == filled(machine, names)
    assert ips == {ipaddress.ip_address(a) for a in filled(machine, addresses)}


@pytest.mark.parametrize("name", WANTED)
def test_certificates_verify_against_their_own_authority_only(machine, name):
    """For each usage that they have, strictly; and against no other authority of the cluster."""
    authority, _, _, usages, _, _ = WANTED[name]
    purposes = {CLIENT: "sslclient", SERVER: "sslserver"}
    for other in ("etcd", "front-proxy", "kubernetes"):
        for usage, purpose in purposes.items():
            good = openssl("-x509_strict", "-CAfile", ca(machine, other), "-purpose", purpose, leaf(machine, name))
            assert good == (other == authority and usage in usages), (other, purpose)


@pytest.mark.parametrize("name", WANTED)
def test_lifetimes_and_keys_are_those_of_the_spec(machine, name):
    """TTL and key size, each with its exception; the key is RSA, private, and the certificate's own."""
    certificate, short = read(leaf(machine, name)), name == "kube-apiserver/kube-apiserver"
    left = certificate.not_valid_after_utc - dt.datetime.now(dt.UTC)
    wanted = dt.timedelta(days=10 if short else 30)
    assert wanted - dt.timedelta(minutes=10) < left <= wanted
    path = leaf(machine, f"{name}-key")
    key = load_pem_private_key(path.read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    assert key.key_size == (3072 if name == "etcd/etcd-server" else 2048)
    assert key.public_key() == certificate.public_key()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_authorities_hold_one_certificate_each(machine):
    """No root travels along: a leaf of another mount would verify against it."""
    for name in ("etcd", "front-proxy", "kubernetes"):
        certificate = read(ca(machine, name))
        assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_the_machines_share_authorities_and_the_key_pair(masters):
    """One cluster: the same three authorities, the same service-account key, on every master."""
    for name in ("ca/etcd-ca.pem", "ca/kubernetes-ca.pem", "certs/kube-apiserver/kube-apiserver-sa.pem"):
        assert len({(root(m) / "pki" / name).read_bytes() for m in masters.values()}) == 1
    assert len({leaf(m, "kubelet/kubelet-client").read_bytes() for m in masters.values()}) == 3


def test_the_key_pair_belongs_together(machine):
    """kube-controller-manager signs with what kube-apiserver verifies, and only root reads the private half."""
    folder = root(machine) / "pki/certs/kube-apiserver"
    private = load_pem_private_key((folder / "kube-apiserver-sa.pem").read_bytes(), None)
    assert private.public_key() == load_pem_public_key((folder / "kube-apiserver-sa.pub").read_bytes())
    assert stat.S_IMODE((folder / "kube-apiserver-sa.pem").stat().st_mode) == 0o600


def test_the_front_proxy_is_whom_the_api_expects(machine):
    """CN equal to --requestheader-allowed-names, signed by --requestheader-client-ca-file."""
    api = flags(machine, "kube-apiserver")
    proxy = read(Path(api["proxy-client-cert-file"]))
    assert attributes(proxy, NameOID.COMMON_NAME) == [api["requestheader-allowed-names"]]
    assert openssl("-CAfile", api["requestheader-client-ca-file"], api["proxy-client-cert-file"])


def test_components_point_at_certificates_of_the_right_authority(machine):
    """What the manifests' flags name fits together: etcd and the API, kubelet and the API."""
    api, etcd = flags(machine, "kube-apiserver"), flags(machine, "etcd")
    assert openssl("-purpose", "sslclient", "-CAfile", etcd["trusted-ca-file"], api["etcd-certfile"])
    assert openssl("-purpose", "sslserver", "-CAfile", api["etcd-cafile"], etcd["cert-file"])
    assert openssl("-purpose", "sslclient", "-CAfile", etcd["peer-trusted-ca-file"], etcd["peer-cert-file"])
    kubelet = leaf(machine, "kubelet/kubelet-client")
    assert openssl("-purpose", "sslclient", "-CAfile", api["client-ca-file"], kubelet)
    assert openssl("-purpose", "sslclient", "-CAfile", ca(machine, "kubernetes"), api["kubelet-client-certificate"])


def test_every_path_of_the_pki_that_a_rendered_file_names_is_there(machine):
    """Flags, kubeconfigs, kubelet's configuration and probes name files that key-keeper wrote, or folders."""
    paths = re.compile(re.escape(f"{root(machine)}/pki/") + r"[\w./-]+")
    files = [p for p in root(machine).rglob("*") if p.is_file() and p.name != "vault-config" and p.suffix != ".pem"]
    named = {n.rstrip(".") for p in files for n in paths.findall(p.read_text())}
    assert len(named) > 15
    assert [n for n in sorted(named) if not Path(n).exists()] == []
