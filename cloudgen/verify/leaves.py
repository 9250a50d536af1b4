"""What may be wrong with a leaf certificate: time, names, subject, usages, authority."""

import ipaddress
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from cloudgen.verify.findings import Check, Finding
from cloudgen.verify.ordered import Order
from cloudgen.verify.x509 import Address, Certificate, issued_by, issuer_of

_RENEWED: Final = "journalctl -u key-keeper says why it was not renewed; is Vault reachable and open?"
_ANEW: Final = "move it and its key away: key-keeper orders it anew; if that is refused, run cloudgen vault plan"
_ROLE: Final = "the Vault role decides about it: run cloudgen vault plan, then move the certificate and its key away"
_HOUR: Final = timedelta(hours=1)


def ending(found: Certificate, now: datetime) -> str:
    """When it ends."""
    return f"ends {_moment(found.not_after)}, in {_span(found.not_after - now)}"


def out_of_time(found: Certificate, now: datetime, check: Check, remedy: str) -> Finding | None:
    """Whether it is not yet, or no longer, valid."""
    if now < found.not_before:
        message = f"is not valid before {_moment(found.not_before)}: it is {_moment(now)} here"
        return check.fail(message, "set the clock, of this machine or of Vault")
    if now >= found.not_after:
        return check.fail(
            f"has expired: it ended {_moment(found.not_after)}, {_span(now - found.not_after)} ago", remedy
        )
    return None


def faults(
    found: Certificate, wanted: Sequence[str], order: Order | None, now: datetime, check: Check
) -> Iterator[Finding]:
    """Everything about one leaf that needs no other file."""
    if fault := out_of_time(found, now, check, _RENEWED):
        yield fault
    elif order:
        yield from _renewal(found, order, now, check)
    if found.authority:
        yield check.fail("is an authority: whoever has its key signs for anybody", _ROLE)
    yield from _names(found, wanted, order, check)
    if order:
        yield from _subject(found, order, check)
        yield from _usages(found, order, check)


def _renewal(found: Certificate, order: Order, now: datetime, check: Check) -> Iterator[Finding]:
    before, life = timedelta(seconds=order.renew_before), found.not_after - found.not_before
    if life <= before:
        message = f"lives {_span(life)} and is renewed {_span(before)} before its end: key-keeper orders it without end"
        yield check.warn(message, "Vault shortened its life: run cloudgen vault plan; or set pki.renewBefore")
    elif now >= found.not_after - before:
        message = f"{ending(found, now)}: its renewal was due {_span(now - found.not_after + before)} ago"
        yield check.warn(message, _RENEWED)


def _names(found: Certificate, wanted: Sequence[str], order: Order | None, check: Check) -> Iterator[Finding]:
    addresses, names = _split(wanted)
    missing = [*sorted(names - found.names), *map(str, addresses - found.addresses)]
    if missing:
        yield check.fail(f"does not hold {', '.join(missing)}", _ANEW)
    more = sorted(found.names - names - {found.common_name.lower()})
    if not (order and order.finds_addresses):
        more += map(str, found.addresses - addresses)
    if more:
        yield check.warn(f"holds more than was ordered: {', '.join(more)}", _ANEW)
    if order and order.on_nic and all(address.is_loopback for address in found.addresses - addresses):
        yield check.fail("holds no address of the machine's network interface", "look at pki.nicPattern in the spec")


def _split(wanted: Sequence[str]) -> tuple[frozenset[Address], frozenset[str]]:
    addresses, names = set(), set()
    for name in wanted:
        try:
            addresses.add(ipaddress.ip_address(name))
        except ValueError:
            names.add(name.lower())
    return frozenset(addresses), frozenset(names)


def _subject(found: Certificate, order: Order, check: Check) -> Iterator[Finding]:
    """Kubernetes and etcd read user and groups from it: nothing may be missing, and nothing too much."""
    if found.common_name != order.common_name:
        yield check.fail(f"is of {found.common_name or 'nobody'} (CN), not of {order.common_name}", _ANEW)
    if found.organizations != order.organizations:
        held, asked = (", ".join(sorted(groups)) or "none" for groups in (found.organizations, order.organizations))
        yield check.fail(f"its organisations (O) are {held}, not {asked}", _ROLE)


def _usages(found: Certificate, order: Order, check: Check) -> Iterator[Finding]:
    if missing := order.usages - found.usages:
        yield check.fail(f"is not made for {', '.join(sorted(missing))}", _ROLE)
    if more := found.usages - order.usages:
        yield check.warn(f"may also be used for {', '.join(sorted(more))}", _ROLE)
    if 0 < found.rsa_bits < order.key_size:
        yield check.warn(f"its key has {found.rsa_bits} bits, not {order.key_size}", _ANEW)


def chain(found: Certificate, order: Order, authority: Certificate | None, check: Check) -> Iterator[Finding]:
    """Whether its own authority signed it; a missing authority has a finding of its own."""
    if not order.authority:
        yield check.fail(f"key-keeper's configuration fetches no authority for {order.issuer}")
    elif authority and not issued_by(found, authority):
        said = issuer_of(found)
        whose = f"it was issued by {said}" if said != authority.subject else "another key of that name signed it"
        yield check.fail(f"is not of the authority {order.authority}: {whose}", _ANEW)
    elif authority and authority.not_after < found.not_after:
        yield check.warn(f"outlives its authority, which ends {_moment(authority.not_after)}")


def _moment(when: datetime) -> str:
    return when.strftime("%Y-%m-%d %H:%M UTC")


def _span(time: timedelta) -> str:
    """Two digits are enough for a person."""
    if time >= 2 * timedelta(days=1):
        return f"{time.days} d"
    return f"{time // _HOUR} h" if time >= 2 * _HOUR else f"{time // timedelta(minutes=1)} min"
