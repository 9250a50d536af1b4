"""key-keeper: its unit, its configuration, and the tables and tokens that give it a Vault identity.

Keys of the configuration are the YAML tags of key-keeper's own code (github.com/fraima/key-keeper, internal/config),
which differ from its README.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Final

from cloudgen.component import Component
from cloudgen.dump import to_yaml
from cloudgen.facts import Facts
from cloudgen.model import Line, Settings
from cloudgen.pieces import Directory, File, Piece, Unit
from cloudgen.pki import Authority, Certificate, Issuer, KeyPair, Subject
from cloudgen.report import Problem
from cloudgen.secrets import BOOTSTRAP_TOKEN, SecretRef
from cloudgen.template import render

_IGNORED_TIMEOUT: Final = "15s"
"""key-keeper ignores `timeout` and `usage`; they stay for the reader, as in the article."""
_REMEMBERED: Final = 128
_SHARED: Final = "shared"


class KeyKeeper(Settings, Component):
    """key-keeper, which orders and renews the certificates."""

    cpu_quota: Line = "50%"
    """CPUQuota= of its unit: an issuer whose login fails spins otherwise."""

    def pieces(self, facts: Facts) -> Iterator[Piece | Problem]:
        """The unit, the configuration, the tables of issuers and of expected files, a token for each issuer."""
        paths = facts.paths
        unit = render("components/key_keeper.service.j2", paths=paths, cpu_quota=self.cpu_quota, vault=facts.vault)
        yield Unit(name="key-keeper.service", text=unit, after_bootstrap=True)
        yield File(path=f"{paths.pki}/vault-config", content=_config(facts), mode=0o600)
        yield Directory(path=paths.key_keeper, mode=0o700)
        yield File(path=f"{paths.config}/issuers", content=_issuers(facts))
        yield File(path=f"{paths.config}/pki", content=_expected(facts))
        if facts.vault.ca_cert:
            yield File(path=paths.vault_ca, content=facts.vault.ca_cert.text)
        yield from _tokens(facts)


def _tokens(facts: Facts) -> Iterator[Piece]:
    yield Directory(path=facts.paths.wrapped_tokens, mode=0o700)
    shared = facts.vault.bootstrap.mode == _SHARED
    for name in (_SHARED,) if shared else tuple(issuer.name for issuer in facts.pki.issuers):
        ref = SecretRef(BOOTSTRAP_TOKEN, facts.machine.name, name)
        yield File(path=f"{facts.paths.wrapped_tokens}/{name}", content=ref, mode=0o600)


def _config(facts: Facts) -> str:
    """The three lists. Most certificates are the same on all masters, and written once."""
    subject = facts.pki_settings.subject
    lists = (
        to_yaml({"issuers": [_issuer(issuer, facts) for issuer in facts.pki.issuers]}),
        to_yaml({"certificates": [_authority(authority) for authority in facts.pki.authorities]}),
        *(_certificate_text(certificate, subject) for certificate in facts.pki.certificates),
        to_yaml({"secrets": [_secret(half) for half in facts.pki.key_pair]}),
    )
    return "".join(lists)


@lru_cache(maxsize=_REMEMBERED)
def _certificate_text(certificate: Certificate, subject: Subject) -> str:
    """An item of the list of certificates."""
    return to_yaml([_certificate(certificate, subject)])


def _issuer(issuer: Issuer, facts: Facts) -> dict[str, Any]:
    prefix = facts.pki.names.prefix
    state = f"{facts.paths.key_keeper}/vault/{issuer.name}"
    return {
        "name": issuer.name,
        "vault": {
            "server": facts.vault.server,
            "auth": {
                **({"caBundle": facts.paths.vault_ca} if facts.vault.ca_cert else {}),
                # It only says whether a CA is loaded; over plain HTTP there is none to load.
                "tlsInsecure": facts.vault.server.startswith("http:"),
                "bootstrap": {"file": facts.paths.bootstrap_token},
                "appRole": {
                    "name": issuer.app_role,
                    "path": f"{prefix}/approle",
                    "secretIDLocalPath": f"{state}/secret-id",
                    "roleIDLocalPath": f"{state}/role-id",
                },
            },
            "resource": _resource(issuer, prefix),
            "timeout": _IGNORED_TIMEOUT,
        },
    }


def _resource(issuer: Issuer, prefix: str) -> dict[str, Any]:
    if issuer.kv_secret:
        return {"kv": {"path": f"{prefix}/kv"}}
    if issuer.role:
        return {"role": issuer.role, "CAPath": issuer.mount}
    return {"CAPath": issuer.mount, "rootCAPath": f"{prefix}/pki/root"}


def _authority(authority: Authority) -> dict[str, Any]:
    return {
        "name": authority.name,
        "issuerRef": {"name": authority.name},
        "isCa": True,
        "ca": {"exportedKey": False, "generate": False},
        "hostPath": authority.folder,
    }


def _certificate(certificate: Certificate, subject: Subject) -> dict[str, Any]:
    return {
        "name": certificate.name,
        "issuerRef": {"name": certificate.issuer},
        "spec": {
            "subject": _subject(certificate, subject),
            "usage": list(certificate.usages),
            "privateKey": {"algorithm": "RSA", "encoding": "PKCS1", "size": certificate.key_size},
            **_addresses(certificate),
            "ttl": certificate.ttl,
            **({"hostnames": list(certificate.hostnames)} if certificate.hostnames else {}),
        },
        "renewBefore": certificate.renew_before,
        "hostPath": certificate.folder,
        "withUpdate": True,
    }


def _subject(certificate: Certificate, subject: Subject) -> dict[str, Any]:
    parts = {
        "organization": certificate.organization,
        "organizationalUnit": (subject.organizational_unit,) if subject.organizational_unit else (),
        "country": (subject.country,) if subject.country else (),
        "province": (subject.province,) if subject.province else (),
        "locality": (subject.locality,) if subject.locality else (),
    }
    return {"commonName": certificate.common_name, **{key: list(value) for key, value in parts.items() if value}}


def _addresses(certificate: Certificate) -> dict[str, Any]:
    kinds = {
        "static": certificate.addresses,
        "interfaces": certificate.interfaces,
        "dnsLookup": certificate.lookups,
    }
    chosen = {kind: list(values) for kind, values in kinds.items() if values}
    return {"ipAddresses": chosen} if chosen else {}


def _secret(half: KeyPair) -> dict[str, Any]:
    return {"name": half.secret, "issuerRef": {"name": half.secret}, "key": half.key, "hostPath": half.staged}


def _issuers(facts: Facts) -> str:
    mount, state = f"{facts.pki.names.prefix}/approle", f"{facts.paths.key_keeper}/vault"
    rows = (
        (i.name, i.app_role, mount, facts.pki.token_role, f"{state}/{i.name}/role-id", f"{state}/{i.name}/secret-id")
        for i in facts.pki.issuers
    )
    return _table("issuer approle mount token-role role-id-file secret-id-file", rows)


def _expected(facts: Facts) -> str:
    """Every file that must be there before kubelet may start: what it is, its key, the names it must hold."""
    rows = [(a.path, "ca", "-", "-", "-") for a in facts.pki.authorities]
    for c in facts.pki.certificates:
        rows.append((c.path, "certificate", c.key_path, ",".join((*c.hostnames, *c.addresses)) or "-", "-"))
        rows.append((c.key_path, "key", "-", "-", "-"))
    private, public = facts.pki.half("private"), facts.pki.half("public")
    rows.append((private.path, "private-key", "-", "-", private.staged))
    rows.append((public.path, "public-key", private.path, "-", public.staged))
    return _table("path kind key names staged", rows)


def _table(columns: str, rows: Iterable[tuple[str, ...]]) -> str:
    head = "# " + "\t".join(columns.split()) + "\n"
    return head + "".join("\t".join(row) + "\n" for row in rows)
