"""Real certificates, and the PKI files of one small master."""

import datetime as dt
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.scripts.sandbox import Sandbox

NOW = dt.datetime.now(dt.UTC)
Key = ec.EllipticCurvePrivateKey
DAY = dt.timedelta(days=1)


def private(key: Key) -> bytes:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption())


def public(key: Key) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def certificate(key: Key, *names: str, end: dt.datetime = NOW + DAY) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    sans = [x509.IPAddress(ipaddress.ip_address(n)) if n[0].isdigit() or ":" in n else x509.DNSName(n) for n in names]
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), NOW - 2 * DAY, end)
    if sans:
        builder = builder.add_extension(x509.SubjectAlternativeName(sans), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


class Pki:
    """The files of one small master, good at first."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.folder = sandbox.root / "etc/kubernetes/pki"
        self.folder.mkdir(parents=True)
        self.staged = Path(sandbox.settings["KEY_KEEPER_DIR"]) / "staged"
        self.staged.mkdir(parents=True)
        self.sa = ec.generate_private_key(ec.SECP256R1())
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.ca, self.leaf, self.leaf_key = (self.folder / n for n in ("ca.pem", "server.pem", "server-key.pem"))
        self.private, self.public = self.folder / "sa.pem", self.folder / "sa.pub"
        self.ca.write_bytes(certificate(self.key))
        self.leaf.write_bytes(certificate(self.key, "api.example", "10.0.0.1", "fd00::1"))
        self.leaf_key.write_bytes(private(self.key))
        self.stage(private(self.sa), public(self.sa))
        names = "API.example,10.0.0.1,fd00:0::1"
        sandbox.table(
            "pki",
            (str(self.ca), "ca", "-", "-", "-"),
            (str(self.leaf), "certificate", str(self.leaf_key), names, "-"),
            (str(self.leaf_key), "key", "-", "-", "-"),
            (str(self.private), "private-key", "-", "-", str(self.staged / "sa.pem")),
            (str(self.public), "public-key", str(self.private), "-", str(self.staged / "sa.pub")),
        )

    def stage(self, private_pem: bytes, public_pem: bytes) -> None:
        """What key-keeper would fetch."""
        (self.staged / "sa.pem").write_bytes(private_pem)
        (self.staged / "sa.pub").write_bytes(public_pem)


def restarts(sandbox: Sandbox) -> list[str]:
    return [c for c in sandbox.calls if "restart" in c]


def other_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())
