"""The PKI catalogue: every path, SAN, kubeconfig, flag, policy and AppRole is derived from its rows."""

from cloudgen.pki.build import catalogue, every_issuer
from cloudgen.pki.catalogue import Authority, Catalogue, Certificate, Issuer, KeyPair, Names
from cloudgen.pki.rows import CERTIFICATE_NAMES, CLIENTS_DIAL
from cloudgen.pki.settings import CertificateSettings, PkiSettings, Subject

__all__ = [
    "CERTIFICATE_NAMES",
    "CLIENTS_DIAL",
    "Authority",
    "Catalogue",
    "Certificate",
    "CertificateSettings",
    "Issuer",
    "KeyPair",
    "Names",
    "PkiSettings",
    "Subject",
    "catalogue",
    "every_issuer",
]
