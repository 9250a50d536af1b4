"""Parameters of a PKI role: no wider than the certificates that are ordered with it."""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from cloudgen.facts import Facts
from cloudgen.model import seconds
from cloudgen.pki import Certificate, Subject
from cloudgen.pki.rows import CLIENT, SERVER

Parameters = Mapping[str, str | int | bool | tuple[str, ...]]

_SKEW: Final = 60
"""Seconds by which a certificate begins early, for clocks that are behind Vault's."""
_ANYWHERE: Final = ("0.0.0.0/0", "::/0")
_CLOSED: Final[Parameters] = {
    "allow_any_name": False,
    "allow_subdomains": False,
    "allow_glob_domains": False,
    "allow_wildcard_certificates": False,
    "allow_localhost": False,  # where a certificate needs it, it is one of the names
    "allow_token_displayname": False,
    "allowed_domains_template": False,
    "allowed_uri_sans": (),
    "allowed_uri_sans_template": False,
    "allowed_other_sans": (),
    "allowed_serial_numbers": (),
    "allowed_user_ids": (),
    "code_signing_flag": False,
    "email_protection_flag": False,
    "ext_key_usage": (),
    "ext_key_usage_oids": (),
    "basic_constraints_valid_for_non_ca": False,
    "generate_lease": False,
    "no_store": True,
    "not_before_duration": _SKEW,
    # An end of the role's own goes beyond max_ttl.
    "not_before": "",
    "not_after": "",
    "ttl": 0,
    "policy_identifiers": (),
    "street_address": (),
    "postal_code": (),
    "signature_bits": 256,
    "use_pss": False,
    "issuer_ref": "default",
}


def parameters(wanted: Sequence[tuple[Certificate, Facts]]) -> Parameters:
    """A role that signs certificates, each of one machine, and nothing else."""
    certificates = [certificate for certificate, _ in wanted]
    usages = {usage for c in certificates for usage in c.usages}
    domains = sorted({name for c in certificates for name in (c.common_name, *c.hostnames)})
    networks = _networks(wanted)
    return {
        **_CLOSED,
        "allowed_domains": tuple(domains),
        "allow_bare_domains": True,
        # Names such as system:node:x are no host names; cn_validations stay on, or any name at all would pass.
        "enforce_hostnames": False,
        "cn_validations": ("hostname",),
        "require_cn": True,
        "use_csr_common_name": True,
        "use_csr_sans": True,
        "allow_ip_sans": bool(networks),
        "allowed_ip_sans_cidr": networks,
        "server_flag": SERVER in usages,
        "client_flag": CLIENT in usages,
        "key_usage": ("DigitalSignature", "KeyEncipherment"),
        "key_type": "rsa",
        "key_bits": min(c.key_size for c in certificates),
        "max_ttl": max(seconds(c.ttl) for c in certificates),
        # Without these a request's own not_after goes beyond max_ttl.
        "not_after_bound": "ttl-limited",
        "not_before_bound": "duration",
        "organization": tuple(sorted({o for c in certificates for o in c.organization})),
        **_subject(wanted[0][1].pki_settings.subject),
    }


def _subject(subject: Subject) -> Mapping[str, Any]:
    parts = {
        "ou": subject.organizational_unit,
        "country": subject.country,
        "province": subject.province,
        "locality": subject.locality,
    }
    return {key: (value,) if value else () for key, value in parts.items()}


def _networks(wanted: Iterable[tuple[Certificate, Facts]]) -> tuple[str, ...]:
    networks = dict[str, None]()
    for certificate, facts in wanted:
        networks |= dict.fromkeys(str(ipaddress.ip_network(address)) for address in certificate.addresses)
        if certificate.lookups:
            networks |= dict.fromkeys(_ANYWHERE)
        elif certificate.interfaces:
            networks |= dict.fromkeys(_of_nic(certificate, facts))
    return tuple(sorted(networks))


def _of_nic(certificate: Certificate, facts: Facts) -> Iterable[str]:
    """Where a network interface may be: any IPv4 address but those that are known to be something else's."""
    others = (m.address for m in facts.machines if m.address and m.name != facts.machine.name)
    taken = {facts.networking.service_subnet, *facts.api_addresses, *others} - {*certificate.addresses}
    left = [ipaddress.IPv4Network(_ANYWHERE[0])]
    for network in sorted(taken):
        if ":" not in network:
            left = [part for whole in left for part in _without(whole, ipaddress.IPv4Network(network))]
    return map(str, ipaddress.collapse_addresses(left))


def _without(whole: ipaddress.IPv4Network, part: ipaddress.IPv4Network) -> Iterable[ipaddress.IPv4Network]:
    if part.supernet_of(whole):
        return ()
    return whole.address_exclude(part) if part.subnet_of(whole) else (whole,)
