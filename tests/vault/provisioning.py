"""What a cluster needs of Vault, made with the least words: mounts, authorities, roles, identities, and wrapped tokens.

One function, `provision`, so that another way of provisioning can take its place.
"""

import time
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from cloudgen.facts import Facts
from cloudgen.generate import machine_facts
from cloudgen.pki import Certificate, Issuer
from cloudgen.secrets import BOOTSTRAP_TOKEN, Secret, SecretRef, Secrets
from cloudgen.spec import Spec
from tests.scripts.sandbox import Bao

YEARS = "87600h"


def provision(spec: Spec, bao: Bao) -> Secrets:
    """The server made ready for every master of a spec, and a bootstrap token for each of their issuers."""
    values: dict[SecretRef, Secret] = {}
    for master in spec.masters:
        facts = machine_facts(spec, master.name)
        _cluster(facts, bao)
        _token_role(facts, bao)
        for issuer in facts.pki.issuers:
            _identity(issuer, facts, bao)
            values[SecretRef(BOOTSTRAP_TOKEN, master.name, issuer.name)] = Secret(mint(facts, issuer, bao))
    return Secrets(values)


def mint(facts: Facts, issuer: Issuer, bao: Bao, wrap: str = "5m") -> str:
    """A token file's content: the wrapping token, and when it expires."""
    body = {"ttl": "10m", "num_uses": 2, "no_default_policy": True, "policies": [f"bootstrap-{policy(facts, issuer)}"]}
    path = f"auth/token/create/{facts.pki.token_role}"
    before = int(time.time())
    info = bao.call("POST", path, body, X_Vault_Wrap_TTL=wrap)["wrap_info"]
    return f"{info['token']}\n{before + int(info['ttl'])}\n"


def policy(facts: Facts, issuer: Issuer) -> str:
    return f"{facts.pki.names.prefix}/{issuer.app_role}".replace("/", "-")


def _cluster(facts: Facts, bao: Bao) -> None:
    prefix, mounts = facts.pki.names.prefix, bao.call("GET", "sys/mounts")["data"]
    for authority in facts.pki.authorities:
        if f"{authority.mount}/" not in mounts:
            bao.call("POST", f"sys/mounts/{authority.mount}", {"type": "pki", "config": {"max_lease_ttl": YEARS}})
            root = {"common_name": authority.name, "ttl": YEARS}
            bao.call("POST", f"{authority.mount}/root/generate/internal", root)
    if f"{prefix}/kv/" not in mounts:
        bao.call("POST", f"sys/mounts/{prefix}/kv", {"type": "kv", "options": {"version": "2"}})
        _key_pair(f"{prefix}/kv/data/{facts.pki.key_pair[0].secret}", bao)
    if f"{prefix}/approle/" not in bao.call("GET", "sys/auth")["data"]:
        bao.call("POST", f"sys/auth/{prefix}/approle", {"type": "approle"})


def _key_pair(path: str, bao: Bao) -> None:
    bao.call("POST", path, {"data": new_pair()})


def new_pair() -> dict[str, str]:
    """A service-account key pair as it lies in the KV store."""
    key = rsa.generate_private_key(65537, 2048)
    pem, spki = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    form, plain = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    private, public = key.private_bytes(pem, form, plain), key.public_key().public_bytes(pem, spki)
    return {"private": private.decode(), "public": public.decode()}


def _token_role(facts: Facts, bao: Bao) -> None:
    role = {"allowed_policies_glob": ["bootstrap-*"], "orphan": True, "renewable": False}
    bao.call("POST", f"auth/token/roles/{facts.pki.token_role}", role)


def _identity(issuer: Issuer, facts: Facts, bao: Bao) -> None:
    certificate = next((c for c in facts.pki.certificates if c.issuer == issuer.name), None)
    if certificate and issuer.role:
        bao.call("POST", f"{issuer.mount}/roles/{issuer.role}", _role(certificate, facts))
    name, approle = policy(facts, issuer), f"auth/{facts.pki.names.prefix}/approle/role/{issuer.app_role}"
    exchange = {f"{approle}/role-id": "read", f"{approle}/secret-id": "update"}
    for policy_name, paths in ((name, dict(_paths(issuer, facts))), (f"bootstrap-{name}", exchange)):
        rules = "\n".join(f'path "{path}" {{ capabilities = ["{can}"] }}' for path, can in paths.items())
        bao.call("PUT", f"sys/policies/acl/{policy_name}", {"policy": rules})
    bao.call("POST", approle, {"token_ttl": "24h", "token_policies": [name], "token_no_default_policy": True})


def _paths(issuer: Issuer, facts: Facts) -> Iterator[tuple[str, str]]:
    if issuer.kv_secret:
        yield f"{facts.pki.names.prefix}/kv/data/{issuer.kv_secret}", "read"
    elif issuer.role:
        yield f"{issuer.mount}/sign/{issuer.role}", "update"
    else:
        yield f"{issuer.mount}/cert/ca_chain", "read"


def _role(certificate: Certificate, facts: Facts) -> dict[str, Any]:
    subject = facts.pki_settings.subject
    return {
        "allow_any_name": True,
        "enforce_hostnames": False,
        "cn_validations": ["disabled"],
        "organization": list(certificate.organization),
        "ou": subject.organizational_unit,
        "client_flag": "client auth" in certificate.usages,
        "server_flag": "server auth" in certificate.usages,
        "key_bits": certificate.key_size,
        "max_ttl": certificate.ttl,
        "no_store": True,
    }
