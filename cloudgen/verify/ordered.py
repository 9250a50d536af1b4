"""What key-keeper's configuration orders: the only place on a machine that tells authority, subject and renewal.

Keys are the YAML tags of key-keeper's own code (github.com/fraima/key-keeper, internal/config).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from cloudgen.model import seconds
from cloudgen.verify.texts import child, children, texts, word


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One certificate."""

    issuer: str
    authority: str
    """The authority's file; empty where the configuration fetches none of its mount."""
    common_name: str
    organizations: frozenset[str]
    usages: frozenset[str]
    key_size: int
    renew_before: int
    """Seconds."""
    finds_addresses: bool
    """Whether addresses of interfaces or of a lookup come into it, which only the machine knew."""
    on_nic: bool


def orders(config: Mapping[str, Any]) -> dict[str, Order]:
    """The leaf certificates of a configuration, by their files."""
    mounts = {word(i, "name"): word(i, "vault", "resource", "CAPath") for i in children(config, "issuers")}
    listed = children(config, "certificates")
    authorities = {mounts.get(_issuer(c), ""): _path(c) for c in listed if child(c, "isCa") is True}
    return {
        _path(c): _order(c, authorities.get(mounts.get(_issuer(c), ""), ""))
        for c in listed
        if child(c, "isCa") is not True
    }


def _issuer(certificate: Mapping[str, Any]) -> str:
    return word(certificate, "issuerRef", "name")


def _path(certificate: Mapping[str, Any]) -> str:
    return f"{word(certificate, 'hostPath')}/{word(certificate, 'name')}.pem"


def _order(certificate: Mapping[str, Any], authority: str) -> Order:
    spec = child(certificate, "spec")
    size = child(spec, "privateKey", "size")
    interfaces, lookups = (texts(spec, "ipAddresses", kind) for kind in ("interfaces", "dnsLookup"))
    return Order(
        issuer=_issuer(certificate),
        authority=authority,
        common_name=word(spec, "subject", "commonName"),
        organizations=frozenset(texts(spec, "subject", "organization")),
        usages=frozenset(texts(spec, "usage")),
        key_size=size if isinstance(size, int) else 0,
        renew_before=seconds(word(certificate, "renewBefore")),
        finds_addresses=bool(interfaces or lookups),
        on_nic=bool(interfaces),
    )


def configurations(command: str) -> Iterator[tuple[str, str]]:
    """Folder and pattern of names of the files that a `key-keeper` command line reads."""
    words = command.split()
    named = {name.lstrip("-"): value for name, value in pairwise(words) if name.startswith("-")}
    if "config-dir" in named:
        yield named["config-dir"], named.get("config-regexp", ".*")
