"""A server made ready for a spec as `cloudgen vault apply` and `cloudgen vault mint` do it, without their terminal."""

import tempfile
import time
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from cloudgen.edge.vault.applying import apply
from cloudgen.edge.vault.client import Client
from cloudgen.edge.vault.connection import Connection
from cloudgen.edge.vault.minting import minted
from cloudgen.edge.vault.reading import read_live
from cloudgen.edge.vault.records import records
from cloudgen.facts import Facts
from cloudgen.pki import Issuer
from cloudgen.secrets import Secret, Secrets
from cloudgen.spec import Spec
from cloudgen.vault import bootstrap_policy, compare, layout, token_path
from cloudgen.vault.manifest import Manifest
from cloudgen.vault.minting import grants
from tests.scripts.sandbox import Bao


def provision(spec: Spec, bao: Bao) -> Secrets:
    """The server made ready for every master of a spec, and all bootstrap tokens that they need."""
    to = Connection(address=bao.address, token=Secret(bao.root), namespace=spec.vault.namespace)
    client, wanted = Client(to), layout(spec)
    plan = compare(wanted, read_live(client, wanted), time.time())
    assert not plan.report.failed, str(plan.report)
    apply(client, wanted, plan.steps, lambda _: None)
    with (
        tempfile.TemporaryDirectory() as folder,
        records(Path(folder) / "manifest.json", Manifest(cluster=wanted.cluster, server=bao.address)) as kept,
        minted(client, wanted, grants(wanted), kept, lambda _: None) as batch,
    ):
        batch.complete()
        return Secrets(batch.values)


def mint(facts: Facts, issuer: Issuer, bao: Bao, wrap: str = "5m") -> str:
    """A token file's content, made by hand for one issuer: the wrapping token, and when it expires."""
    name = bootstrap_policy(facts.pki.names.prefix, issuer.app_role)
    body = {"ttl": "10m", "num_uses": 2, "no_default_policy": True, "policies": [name]}
    before = int(time.time())
    info = bao.call("POST", token_path(facts.pki.token_role), body, X_Vault_Wrap_TTL=wrap)["wrap_info"]
    return f"{info['token']}\n{before + int(info['ttl'])}\n"


def new_pair() -> dict[str, str]:
    """A service-account key pair as it lies in the KV store."""
    key = rsa.generate_private_key(65537, 2048)
    pem, spki = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    form, plain = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    private, public = key.private_bytes(pem, form, plain), key.public_key().public_bytes(pem, spki)
    return {"private": private.decode(), "public": public.decode()}
