"""Certificates and keys by cryptography: reading authorities, choosing signed ones, making the service-account pair."""

from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from cloudgen.edge.reading import refused
from cloudgen.secrets import Secret
from cloudgen.vault import LiveCertificate

_SIZE: Final = 2048
_EXPONENT: Final = 65537


class Pair(NamedTuple):
    """A private key and its public half, both PEM."""

    private: Secret
    public: str


def certificates(pem: str) -> tuple[LiveCertificate, ...]:
    """The certificates in a text, in their order. Raises `Refused`."""
    return tuple(_told(certificate) for certificate in _parsed(pem, "what Vault holds as an authority"))


def signing_pair() -> Pair:
    """A new RSA key pair for service-account tokens."""
    key = rsa.generate_private_key(public_exponent=_EXPONENT, key_size=_SIZE)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return Pair(Secret(private.decode()), public.decode())


def answer_to(csr: str, pem: str, name: str, until: float) -> str:
    """The one certificate of a file that answers a CSR, alone: what else the file holds would be trusted too.

    An authority is never replaced, so that one which cannot sign until a moment is not taken. Raises `Refused`.
    """
    wanted = _public(x509.load_pem_x509_csr(csr.encode()).public_key())
    for certificate in _parsed(pem, name):
        if _public(certificate.public_key()) == wanted:
            if not _signs(certificate):
                remedy = "sign the CSR with CA:TRUE, and keyCertSign where there is a key usage"
                raise refused(f"the certificate in {name} is not an authority's", remedy)
            if certificate.not_valid_after_utc.timestamp() < until:
                end = f"{certificate.not_valid_after_utc:%Y-%m-%d}"
                message = f"the certificate in {name} ends on {end}, before those that it is to sign"
                raise refused(message, "have the CSR signed for longer")
            return certificate.public_bytes(Encoding.PEM).decode()
    raise refused(f"{name} holds no certificate for the key in Vault", "let the CSR be signed that apply wrote")


def _parsed(pem: str, name: str) -> list[x509.Certificate]:
    if not pem.strip():
        return []
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        raise refused(f"{name} is no certificate", "it must be PEM") from None


def _told(certificate: x509.Certificate) -> LiveCertificate:
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return LiveCertificate(
        common_name=str(names[0].value) if names else "",
        self_signed=certificate.issuer == certificate.subject,
        not_before=int(certificate.not_valid_before_utc.timestamp()),
        not_after=int(certificate.not_valid_after_utc.timestamp()),
    )


def _signs(certificate: x509.Certificate) -> bool:
    told = {type(extension.value): extension.value for extension in certificate.extensions}
    constraints, usage = told.get(x509.BasicConstraints), told.get(x509.KeyUsage)
    signing = not isinstance(usage, x509.KeyUsage) or usage.key_cert_sign
    return isinstance(constraints, x509.BasicConstraints) and constraints.ca and signing


def _public(key: object) -> bytes:
    # Every public key that cryptography reads has this method; its types are many.
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined,no-any-return]
