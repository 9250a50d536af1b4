"""Throw-away certificates for judges that really start something: one authority, one member on loopback."""

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


@dataclass(frozen=True, slots=True)
class Authority:
    """Files of an authority and of one member that is server and client."""

    certificate: Path
    member: Path
    member_key: Path

    @classmethod
    def made(cls, folder: Path, *names: str) -> Self:
        """Make all files in a folder; the member has these names and addresses too."""
        authority, member = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        built = _builder("authority", authority).add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        leaf = _builder("member", member).add_extension(_names(*names), False).add_extension(_uses(), False)
        return cls(
            _written(folder / "ca.pem", _pem(built.sign(authority, hashes.SHA256()))),
            _written(folder / "member.pem", _pem(leaf.sign(authority, hashes.SHA256()))),
            _written(folder / "member-key.pem", _key_pem(member)),
        )


def _builder(name: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name("authority"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _names(*more: str) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([_name_or_address(name) for name in ("127.0.0.1", "localhost", *more)])


def _name_or_address(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _uses() -> x509.ExtendedKeyUsage:
    return x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
