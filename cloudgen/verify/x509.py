"""Certificates and keys by cryptography, as plain data; why something cannot be read is never quoted from its bytes."""

import ipaddress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_USAGES: Final = {ExtendedKeyUsageOID.CLIENT_AUTH: "client auth", ExtendedKeyUsageOID.SERVER_AUTH: "server auth"}
"""In key-keeper's words."""
_FAULTS: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What is asked of a certificate."""

    subject: str
    common_name: str
    organizations: frozenset[str]
    names: frozenset[str]
    """DNS names, in lower case."""
    addresses: frozenset[Address]
    usages: frozenset[str]
    authority: bool
    not_before: datetime
    not_after: datetime
    public_key: bytes
    rsa_bits: int
    """Size of an RSA key; 0 for another kind, whose sizes mean something else."""
    parsed: x509.Certificate = field(repr=False, compare=False)


def certificates(data: bytes) -> tuple[Certificate, ...]:
    """The certificates of a PEM file, in their order; none where one cannot be read."""
    try:
        return tuple(_told(found) for found in x509.load_pem_x509_certificates(data))
    except _FAULTS:
        return ()


def private_key(data: bytes) -> bytes:
    """The public half of a private key; nothing where it cannot be read."""
    try:
        return _public(load_pem_private_key(data, None).public_key())
    except _FAULTS:
        return b""


def public_key(data: bytes) -> bytes:
    """A public key; nothing where it cannot be read."""
    try:
        return _public(load_pem_public_key(data))
    except _FAULTS:
        return b""


def issued_by(leaf: Certificate, authority: Certificate) -> bool:
    """Whether the authority's name and key signed it."""
    try:
        leaf.parsed.verify_directly_issued_by(authority.parsed)
    except (*_FAULTS, InvalidSignature):
        return False
    return True


def issuer_of(leaf: Certificate) -> str:
    """The issuer's name, for a person."""
    return leaf.parsed.issuer.rfc4514_string()


def _told(found: x509.Certificate) -> Certificate:
    extensions = {type(e.value): e.value for e in found.extensions}
    names = extensions.get(x509.SubjectAlternativeName)
    usages = extensions.get(x509.ExtendedKeyUsage)
    basic = extensions.get(x509.BasicConstraints)
    key = found.public_key()
    return Certificate(
        subject=found.subject.rfc4514_string(),
        common_name=next(iter(_attributes(found, NameOID.COMMON_NAME)), ""),
        organizations=frozenset(_attributes(found, NameOID.ORGANIZATION_NAME)),
        names=frozenset(
            n.lower()
            for n in (names.get_values_for_type(x509.DNSName) if isinstance(names, x509.SubjectAlternativeName) else ())
        ),
        addresses=_addresses(names),
        usages=frozenset(_USAGES.get(u, u.dotted_string) for u in usages)
        if isinstance(usages, x509.ExtendedKeyUsage)
        else frozenset(),
        authority=isinstance(basic, x509.BasicConstraints) and basic.ca,
        not_before=found.not_valid_before_utc,
        not_after=found.not_valid_after_utc,
        public_key=_public(key),
        rsa_bits=key.key_size if isinstance(key, rsa.RSAPublicKey) else 0,
        parsed=found,
    )


def _attributes(found: x509.Certificate, oid: x509.ObjectIdentifier) -> list[str]:
    return [str(attribute.value) for attribute in found.subject.get_attributes_for_oid(oid)]


def _addresses(names: object) -> frozenset[Address]:
    held = names.get_values_for_type(x509.IPAddress) if isinstance(names, x509.SubjectAlternativeName) else []
    return frozenset(a for a in held if isinstance(a, ipaddress.IPv4Address | ipaddress.IPv6Address))


def _public(key: object) -> bytes:
    # Every public key that cryptography reads has this method; its types are many.
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined,no-any-return]
