"""What is wrong with a server, or with a layout, and cannot be made right by writing it once more."""

from collections.abc import Iterator
from typing import Final

from cloudgen.report import Problem, warning
from cloudgen.vault.entries import mount_path
from cloudgen.vault.layout import LOGIN_SECONDS, Authority, Layout, Mount, clashes
from cloudgen.vault.live import Live, LiveCertificate

_DAY: Final = 24 * 3600
_MARGIN: Final = 90 * _DAY
"""How long before an authority's certificates begin to be refused it is told."""
_HALVES: Final = frozenset({"private", "public"})
_NO_OVERWRITING: Final = "cloudgen never overwrites a key pair; undelete or write both halves, or delete its metadata"
_NO_REPLACING: Final = "cloudgen never replaces an authority; plan its rotation"


def about(wanted: Layout, live: Live, now: float) -> Iterator[Problem]:
    """Everything, the graver first."""
    for name, count in clashes(wanted).items():
        yield Problem(f"{count} identities would share the {name}", remedy="give that machine another name")
    for mount in wanted.mounts:
        yield from _mount(mount, live)
    for authority in wanted.authorities:
        yield from _authority(authority, live.chains.get(authority.mount, ()), wanted, now)
    if live.key_pair is not None and live.key_pair != _HALVES:
        held = ", ".join(sorted(live.key_pair)) or "nothing"
        message = f"{wanted.key_pair} holds {held} instead of private and public"
        yield Problem(message, remedy=_NO_OVERWRITING)
    yield from _unbounded(wanted, live)


def _mount(mount: Mount, live: Live) -> Iterator[Problem]:
    found = live.mounts.get(mount_path(mount))
    if found is None:
        return
    kind = f"{found.kind}-v{found.version or 1}" if found.kind == "kv" else found.kind
    if mount.kind == "approle" and 0 < found.max_lease_seconds < LOGIN_SECONDS:
        message = f"{mount.path} caps tokens at {found.max_lease_seconds}s: key-keeper logs in again and again"
        yield warning(message, remedy=f"tune its max_lease_ttl to {LOGIN_SECONDS}s")
    if kind != mount.kind:
        yield Problem(
            f"{mount.path} is a mount of {kind}, not of {mount.kind}", remedy="choose another vault.pathPrefix"
        )


def _authority(
    authority: Authority, chain: tuple[LiveCertificate, ...], wanted: Layout, now: float
) -> Iterator[Problem]:
    mount = authority.mount
    if not chain:
        return
    if len(chain) > 1:
        message = f"ca_chain of {mount} holds {len(chain)} certificates: machines would trust all that is below them"
        yield Problem(message, remedy=f"import it alone, or set manual_chain=default at {mount}/issuer/default")
    if chain[0].common_name != authority.common_name:
        message = f"the authority of {mount} is named {chain[0].common_name!r}, not {authority.common_name!r}"
        yield warning(message, remedy=_NO_REPLACING)
    yield from _times(authority, chain[0], wanted, now)
    if chain[0].self_signed != (authority.mode == "self-signed"):
        found = "signed by itself" if chain[0].self_signed else "signed by another"
        yield warning(f"the authority of {mount} is {found}; the spec says {authority.mode}", remedy=_NO_REPLACING)


def _times(authority: Authority, own: LiveCertificate, wanted: Layout, now: float) -> Iterator[Problem]:
    left = int(own.not_after - now)
    if left <= 0:
        yield Problem(f"the authority of {authority.mount} has expired", remedy=_NO_REPLACING)
    elif left < wanted.leaf_seconds:
        message = f"the authority of {authority.mount} ends in {_days(left)}, before a certificate of"
        yield Problem(f"{message} {wanted.leaf_seconds // 3600}h would: Vault refuses to sign", remedy=_NO_REPLACING)
    elif left < wanted.leaf_seconds + _MARGIN:
        days = _days(left - wanted.leaf_seconds)
        message = f"the authority of {authority.mount} refuses to sign in {days}: it ends before its certificates"
        yield warning(message, remedy=_NO_REPLACING)
    lifetime = own.not_after - own.not_before
    if lifetime < authority.ttl_seconds - _DAY:
        message = (
            f"the authority of {authority.mount} was made for {lifetime // 3600}h, not {authority.ttl_seconds // 3600}h"
        )
        yield warning(message, remedy="its mount or its signer capped it, or vault.authorities.ttl has changed since")


def _unbounded(wanted: Layout, live: Live) -> Iterator[Problem]:
    """A server that knows no bounds for addresses signs any address for any machine."""
    for role in wanted.pki_roles:
        found = live.entries.get(f"{role.mount}/roles/{role.name}")
        if found and role.parameters["allowed_ip_sans_cidr"] and "allowed_ip_sans_cidr" not in found:
            message = "this server cannot bound the addresses in certificates: a machine may order another's"
            yield warning(message, remedy="OpenBao 2.4 and newer can; or let no client dial machines by address")
            return


def _days(seconds: int) -> str:
    days = seconds // _DAY
    return f"{days} day{'s' * (days != 1)}"
