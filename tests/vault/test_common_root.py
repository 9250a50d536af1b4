"""Authorities under one root: what one of them signed, the others refuse, even when its certificate is shown."""

import subprocess
from pathlib import Path

import pytest
from cryptography import x509

from tests.vault.conftest import boot

AUTHORITIES = ("etcd", "front-proxy", "kubernetes")
LEAVES = (
    ("kubernetes", "kubelet/kubelet-client"),
    ("kubernetes", "kube-apiserver/kube-apiserver-kubelet-client"),
    ("etcd", "kube-apiserver/kube-apiserver-etcd-client"),
    ("etcd", "etcd/etcd-peer"),
    ("front-proxy", "kube-apiserver/front-proxy-client"),
)


@pytest.fixture
def pki(making):
    """The PKI of a machine whose authorities are signed by a root of the cluster's own."""
    machine = making(authorities="root")
    boot(machine)
    return Path(machine.facts.paths.root) / "pki"


def accepted(pki, trusted, shown, leaf):
    """Whether who trusts an authority takes a client that shows a leaf and the certificate of its own authority."""
    argv = ["openssl", "verify", "-partial_chain", "-purpose", "sslclient"]
    argv += [
        "-CAfile",
        f"{pki}/ca/{trusted}-ca.pem",
        "-untrusted",
        f"{pki}/ca/{shown}-ca.pem",
        f"{pki}/certs/{leaf}.pem",
    ]
    return subprocess.run(argv, check=False, capture_output=True).returncode == 0


def test_an_authority_takes_only_its_own(pki):
    """A kubelet is refused by etcd, an etcd client by the API, whatever intermediates they present."""
    for name in AUTHORITIES:
        (authority,) = x509.load_pem_x509_certificates((pki / f"ca/{name}-ca.pem").read_bytes())
        assert authority.issuer != authority.subject
    for own, leaf in LEAVES:
        for trusted in AUTHORITIES:
            assert accepted(pki, trusted, own, leaf) == (trusted == own), (trusted, leaf)
