"""Certificates, Vault, and what carries their tokens."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from cloudgen.model import seconds
from cloudgen.pki import CERTIFICATE_NAMES
from cloudgen.report import Path, Problem, warning
from cloudgen.spec import Spec

_KEY_SIZES: Final = (2048, 3072, 4096)
_LONGEST_WRAP: Final = 24 * 3600
_SHORTEST_TTL: Final = 3600


def lifetimes(spec: Spec) -> Iterator[Problem]:
    """Certificates are renewed before they end, and not all the time."""
    pki = spec.pki
    rows: list[tuple[Path, str, str]] = [(("pki",), pki.ttl, pki.renew_before)]
    for name, own in pki.certificates.items():
        rows.append((("pki", "certificates", name), own.ttl or pki.ttl, own.renew_before or pki.renew_before))
    for path, ttl, renew_before in rows:
        if seconds(renew_before) >= seconds(ttl):
            remedy = f"renewBefore must be shorter than ttl, {ttl}"
            message = f"certificates of {ttl} would be renewed {renew_before} before their end: always"
            yield Problem(message, path, remedy)
        elif seconds(ttl) < _SHORTEST_TTL:
            message = f"certificates of {ttl} end with the first outage of Vault that lasts longer"
            yield warning(message, (*path, "ttl"), "write days, such as 30d, outside of a demonstration")


def key_sizes(spec: Spec) -> Iterator[Problem]:
    """RSA keys of a size that Vault signs and a master can make."""
    sizes: list[tuple[Path, int]] = [(("pki", "keySize"), spec.pki.key_size)]
    for name, own in spec.pki.certificates.items():
        sizes.append((("pki", "certificates", name, "keySize"), own.key_size or spec.pki.key_size))
    for path, size in sizes:
        if size not in _KEY_SIZES:
            yield Problem(f"{size} is no size of an RSA key", path, "write 2048, 3072 or 4096")


def certificate_names(spec: Spec) -> Iterator[Problem]:
    """Only certificates of the catalogue can be adjusted."""
    for name in spec.pki.certificates:
        if name not in CERTIFICATE_NAMES:
            close = get_close_matches(name, CERTIFICATE_NAMES, 1)
            remedy = f"did you mean {close[0]}?" if close else f"there are {', '.join(CERTIFICATE_NAMES)}"
            yield Problem(f"there is no certificate {name}", ("pki", "certificates", name), remedy, on_key=True)


def nic_pattern(spec: Spec) -> Iterator[Problem]:
    """key-keeper searches anywhere in an interface's name: a pattern must be anchored."""
    pattern, path = spec.pki.nic_pattern, ("pki", "nicPattern")
    if pattern is None:
        return
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        yield Problem(f"this is no regular expression: {error}", path, "write it like ^ens[0-9]+$")
        return
    if not (pattern.startswith("^") and pattern.endswith("$")):
        message = f"{pattern} is searched anywhere in a name, so that a pod's interface may match too"
        yield warning(message, path, "anchor it, like ^eth[0-9]+$")


def vault(spec: Spec) -> Iterator[Problem]:
    """Vault over plain HTTP, and bootstrap modes that give up protection, are told."""
    path: Path = ("vault", "server")
    if spec.vault.server.startswith("http:"):
        message = "tokens and certificates travel to Vault in clear text"
        yield warning(message, path, "write https:// and, for a private authority, caCert")
    mode = spec.vault.bootstrap.mode
    if mode in {"token", "shared"}:
        message = f"{mode}: who reads the user-data has usable credentials, and nobody notices"
        yield warning(message, ("vault", "bootstrap", "mode"), "wrapped-token makes theft visible")
    if seconds(spec.vault.bootstrap.wrap_ttl) > _LONGEST_WRAP:
        message = "a token that waits longer than a day is a standing secret"
        yield Problem(message, ("vault", "bootstrap", "wrapTtl"), "mint just before the machine is made; write 15m")


def bound_cidrs(spec: Spec) -> Iterator[Problem]:
    """Tokens bound to machines' addresses need these addresses."""
    if spec.vault.bound_cidrs == ("address",) and not all(master.address for master in spec.masters):
        message = "boundCidrs: address needs every master's address"
        yield Problem(message, ("vault", "boundCidrs"), "write the addresses, or boundCidrs: none")
    if spec.vault.bound_cidrs and spec.vault.bootstrap.mode == "wrapped-secret-id":
        message = "boundCidrs binds nothing: in mode wrapped-secret-id no bootstrap token travels"
        yield warning(message, ("vault", "boundCidrs"), "leave it out, or choose wrapped-token")
