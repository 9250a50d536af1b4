"""Certificates made for a machine's catalogue, each as it should be or spoilt in one point."""

import datetime as dt
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from cloudgen.pki import Certificate

NOW = dt.datetime(2030, 5, 5, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
USAGES = {"client auth": ExtendedKeyUsageOID.CLIENT_AUTH, "server auth": ExtendedKeyUsageOID.SERVER_AUTH}
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@cache
def key(name: str) -> ec.EllipticCurvePrivateKey:
    """A key that is always the same within a run."""
    return ec.generate_private_key(ec.SECP256R1())


@cache
def short_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 1024)  # noqa: S505 - it is to be told


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """What a certificate is made of."""

    common_name: str
    organizations: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    usages: tuple[str, ...] = ()
    issuer: str = ""
    signer: str = ""
    """Whose key signs; the issuer's, if nothing else is said."""
    authority: bool = False
    begins: dt.datetime = NOW - DAY
    ends: dt.datetime = NOW + 29 * DAY
    key: Key | None = None

    @classmethod
    def of(cls, certificate: Certificate) -> Self:
        """As the catalogue wants it."""
        return cls(
            common_name=certificate.common_name,
            organizations=certificate.organization,
            names=(*certificate.hostnames, *certificate.addresses),
            usages=certificate.usages,
            issuer=certificate.authority,
            key=key(certificate.name),
        )

    def but(self, **changes: object) -> Self:
        """The same, with something else."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def pem(self) -> bytes:
        """Signed, and written."""
        own = self.key or key(self.common_name)
        builder = (
            x509.CertificateBuilder()
            .subject_name(_subject(self.common_name, self.organizations))
            .issuer_name(_subject(self.issuer or self.common_name))
            .public_key(own.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.begins)
            .not_valid_after(self.ends)
            .add_extension(x509.BasicConstraints(ca=self.authority, path_length=None), critical=True)
        )
        if self.names:
            builder = builder.add_extension(x509.SubjectAlternativeName([_name(n) for n in self.names]), critical=False)
        if self.usages:
            builder = builder.add_extension(x509.ExtendedKeyUsage([USAGES[u] for u in self.usages]), critical=False)
        signer = key(self.signer or self.issuer or self.common_name)
        return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def authority(name: str, **changes: object) -> bytes:
    """A self-signed authority; it lives long."""
    return Leaf(common_name=name, authority=True, key=key(name), ends=NOW + 3000 * DAY).but(**changes).pem()


def private(owner: Key) -> bytes:
    """A private key's file."""
    plain, form = serialization.NoEncryption(), serialization.PrivateFormat.TraditionalOpenSSL
    return owner.private_bytes(serialization.Encoding.PEM, form, plain)


def public(owner: Key) -> bytes:
    """A public key's file."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return owner.public_key().public_bytes(serialization.Encoding.PEM, form)


def _subject(common_name: str, organizations: Iterable[str] = ()) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, name) for name in organizations]
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)
