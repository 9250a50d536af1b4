"""Orders: authorities that are read, leaves that are signed, secrets that are fetched once; triggers in any case."""

import datetime as dt
import ipaddress
import os
import subprocess
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.key_keeper import files, host
from tests.key_keeper.config import Certificate, PrivateKey, Secret, Spec, Subject
from tests.key_keeper.login import Identity
from tests.key_keeper.pace import say
from tests.key_keeper.vault import VaultError

PANIC: Final = 2
_PEM: Final = serialization.Encoding.PEM
_FORMS: Final = {
    "PKCS8": serialization.PrivateFormat.PKCS8,
    "PKCS1": serialization.PrivateFormat.TraditionalOpenSSL,
}


def path_of(certificate: Certificate) -> str:
    """Where a certificate lies."""
    return f"{certificate.host_path}/{certificate.name}.pem"


def ensure(certificate: Certificate, identity: Identity) -> None:
    """Order what is missing or near its end; nothing else makes it order, not even a change of names."""
    path = path_of(certificate)
    if os.path.exists(path) and not _due(certificate, path):  # noqa: PTH110
        return
    try:
        (_read_authority if certificate.is_ca else _order)(certificate, identity)
        say("info", f"certificate {certificate.name}: ordered")
    except (VaultError, OSError, ValueError, KeyError) as fault:
        say("error", f"certificate {certificate.name}: {fault}")
    _run_triggers(certificate)


def fetch(secret: Secret, identity: Identity) -> None:
    """Once, at the start. A failed read leaves an empty file in the place of a good one, and is not tried again."""
    value = ""
    try:
        answer = identity.client.call("GET", f"{identity.resource.kv.path}/data/{secret.name}", identity.token)
        value = str(answer["data"]["data"][secret.key])
    except (VaultError, KeyError, TypeError) as fault:
        say("error", f"secret {secret.name}: {fault}")
    files.write(secret.host_path, value)


def _due(certificate: Certificate, path: str) -> bool:
    try:
        found = x509.load_pem_x509_certificate(files.read(path).encode())
    except ValueError:
        if certificate.is_ca:
            return True
        say("panic", "runtime error: invalid memory address or nil pointer dereference [signal SIGSEGV]")
        os._exit(PANIC)
    left = _end(found) - dt.datetime.now(dt.UTC)
    return left < certificate.renew_before and (certificate.with_update or certificate.is_ca)


def _end(certificate: x509.Certificate) -> dt.datetime:
    """cryptography 38, which Debian 12 has, knows naive times only; newer ones warn of them."""
    if hasattr(certificate, "not_valid_after_utc"):
        return certificate.not_valid_after_utc
    return certificate.not_valid_after.replace(tzinfo=dt.UTC)


def _read_authority(certificate: Certificate, identity: Identity) -> None:
    answer = identity.client.call("GET", f"{identity.resource.ca_path}/cert/ca_chain", identity.token)
    files.write(path_of(certificate), str(answer["data"]["certificate"]))


def _order(certificate: Certificate, identity: Identity) -> None:
    # Names before the key: a name that does not resolve orders nothing.
    names = _names(certificate.spec)
    key = _key(certificate.spec.private_key)
    request = x509.CertificateSigningRequestBuilder(_subject(certificate.spec.subject))
    if names:
        request = request.add_extension(x509.SubjectAlternativeName(names), critical=False)
    csr = request.sign(key, hashes.SHA256()).public_bytes(_PEM).decode()
    body = {"csr": csr, "ttl": f"{int(certificate.spec.ttl.total_seconds())}s"}
    path = f"{identity.resource.ca_path}/sign/{identity.resource.role}"
    signed = str(identity.client.call("POST", path, identity.token, body)["data"]["certificate"])
    form = _FORMS.get(certificate.spec.private_key.encoding, serialization.PrivateFormat.TraditionalOpenSSL)
    files.write(path_of(certificate), signed)
    text = key.private_bytes(_PEM, form, serialization.NoEncryption()).decode()
    files.write(f"{certificate.host_path}/{certificate.name}-key.pem", text, 0o600)


def _key(wanted: PrivateKey) -> rsa.RSAPrivateKey:
    if wanted.algorithm != "RSA":
        raise ValueError(f"unknown key algorithm {wanted.algorithm!r}")
    return rsa.generate_private_key(65537, wanted.size)


def _names(spec: Spec) -> list[x509.GeneralName]:
    hosts: list[x509.GeneralName] = [x509.DNSName(host.hostname(name)) for name in spec.hostnames]
    return hosts + [x509.IPAddress(ipaddress.ip_address(a)) for a in host.addresses(spec)]


def _subject(subject: Subject) -> x509.Name:
    parts = {
        NameOID.COUNTRY_NAME: subject.country,
        NameOID.STATE_OR_PROVINCE_NAME: subject.province,
        NameOID.LOCALITY_NAME: subject.locality,
        NameOID.STREET_ADDRESS: subject.street_address,
        NameOID.POSTAL_CODE: subject.postal_code,
        NameOID.ORGANIZATION_NAME: subject.organization,
        NameOID.ORGANIZATIONAL_UNIT_NAME: subject.organizational_unit,
        NameOID.SERIAL_NUMBER: (subject.serial_number,) if subject.serial_number else (),
        NameOID.COMMON_NAME: (host.hostname(subject.common_name),),
    }
    return x509.Name([x509.NameAttribute(oid, value) for oid, values in parts.items() for value in values])


def _run_triggers(certificate: Certificate) -> None:
    """After a failure as after a success."""
    for argv in certificate.trigger:
        try:
            done = subprocess.run(argv, check=False, stdin=subprocess.DEVNULL, capture_output=True)
            say("info", f"certificate {certificate.name}: trigger {argv[0]}: exit {done.returncode}")
        except OSError as fault:
            say("error", f"certificate {certificate.name}: trigger: {fault}")
