"""The PKI on the disk against the table of what must be there and against what key-keeper was told to order."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cloudgen.verify import leaves
from cloudgen.verify.findings import Check, Finding
from cloudgen.verify.machine import Machine, PkiRow
from cloudgen.verify.seen import Kind, exposed, present
from cloudgen.verify.x509 import Certificate, certificates, private_key, public_key

_GROUP: Final = "certificates"
_SECRET: Final = frozenset({"key", "private-key"})
_REMEDY: Final = "journalctl -u key-keeper -u cloudgen-pki says why it was not ordered"
_NONE: Final = "the bootstrap comes first, then key-keeper: journalctl -u cloudgen-bootstrap -u key-keeper"
_DAMAGED: Final = "move it away with its pair: key-keeper orders it anew when cloudgen-pki.timer restarts it"


@dataclass(frozen=True, slots=True)
class _Pki:
    """One run over the table."""

    machine: Machine
    now: datetime
    parsed: dict[str, tuple[Certificate, ...]] = field(default_factory=dict)

    def certificate(self, path: str) -> Certificate | None:
        """The first certificate of a file."""
        return next(iter(self.all_of(path)), None)

    def all_of(self, path: str) -> tuple[Certificate, ...]:
        """Every certificate of a file."""
        if path not in self.parsed:
            self.parsed[path] = certificates(self.machine.seen(path).data)
        return self.parsed[path]

    def key(self, path: str) -> bytes:
        """The public half of a private key's file."""
        return private_key(self.machine.seen(path).data)


def check_certificates(machine: Machine, now: datetime) -> Iterator[Finding]:
    """A finding for each fault; a certificate without one tells its end, a key is told with its certificate."""
    pki = _Pki(machine, now)
    if machine.pki and all(machine.seen(row.path).kind is Kind.ABSENT for row in machine.pki):
        yield Check(_GROUP).fail(f"none of the {len(machine.pki)} files is there", _NONE)
        return
    if not machine.pki:
        yield Check(_GROUP).fail("the table of expected files is missing or empty", "render, and re-create the machine")
    if machine.pki and not machine.orders:
        remedy = "look at ExecStart= of key-keeper.service and at the file that it names"
        yield Check(_GROUP).fail("key-keeper's configuration is missing or orders nothing", remedy)
    for row in machine.pki:
        yield from _row(pki, row)
    yield from _same_authorities(pki)


def _row(pki: _Pki, row: PkiRow) -> Iterator[Finding]:
    check, seen = Check(_GROUP, row.path), pki.machine.seen(row.path)
    if fault := present(seen, check, _REMEDY):
        yield fault
        return
    if fault := exposed(seen, check, row.path, pki.machine.owner, secret=row.kind in _SECRET):
        yield fault
    match row.kind:
        case "ca":
            yield from _authority(pki, row, check)
        case "certificate":
            yield from _leaf(pki, row, check)
        case "key" | "private-key":
            if not pki.key(row.path):
                yield check.fail("is no private key, or a damaged one", _DAMAGED)
        case "public-key":
            yield from _public_half(pki, row, check)


def _authority(pki: _Pki, row: PkiRow, check: Check) -> Iterator[Finding]:
    found = pki.certificate(row.path)
    if found is None:
        yield check.fail("is no certificate, or a damaged one", _DAMAGED)
        return
    faults = [*_authority_faults(pki, row, found, check)]
    yield from faults or [check.ok(leaves.ending(found, pki.now))]


def _authority_faults(pki: _Pki, row: PkiRow, found: Certificate, check: Check) -> Iterator[Finding]:
    if not found.authority:
        yield check.fail(f"is no authority: {found.subject} may sign nothing", _DAMAGED)
    if fault := leaves.out_of_time(found, pki.now, check, "let cloudgen vault plan and apply renew the authority"):
        yield fault
        return
    if (count := len(pki.all_of(row.path))) > 1:
        yield check.warn(
            f"holds {count} certificates: leaves of each of them are trusted", "leave one, when all is renewed"
        )
    orders = (order for order in pki.machine.orders.values() if order.authority == row.path)
    longest = max((order.renew_before for order in orders), default=0)
    if found.not_after - pki.now < timedelta(seconds=longest):
        message = (
            f"{leaves.ending(found, pki.now)}: no certificate can live as long as it is to be renewed before its end"
        )
        yield check.warn(message, "let cloudgen vault plan and apply renew the authority")


def _leaf(pki: _Pki, row: PkiRow, check: Check) -> Iterator[Finding]:
    found = pki.certificate(row.path)
    if found is None:
        yield check.fail("is no certificate, or a damaged one", _DAMAGED)
        return
    order = pki.machine.orders.get(row.path)
    faults = [*_pair(pki, row, found, check), *leaves.faults(found, row.wanted, order, pki.now, check)]
    if order:
        faults += leaves.chain(found, order, pki.certificate(order.authority), check)
    elif pki.machine.orders:
        faults.append(check.fail("key-keeper's configuration does not order it", "render, and re-create the machine"))
    yield from faults or [check.ok(leaves.ending(found, pki.now))]


def _pair(pki: _Pki, row: PkiRow, found: Certificate, check: Check) -> Iterator[Finding]:
    key = pki.key(row.key)
    if key and key != found.public_key:
        yield check.fail(f"does not match its key {row.key}", _DAMAGED)


def _public_half(pki: _Pki, row: PkiRow, check: Check) -> Iterator[Finding]:
    found = public_key(pki.machine.seen(row.path).data)
    private = pki.key(row.key)
    if not found:
        yield check.fail("is no public key, or a damaged one", _DAMAGED)
    elif private and private != found:
        remedy = "cloudgen-pki.timer puts the staged pair in place; the pair in Vault must belong together"
        yield check.fail(f"does not match its private key {row.key}", remedy)
    elif private:
        yield check.ok(f"belongs to {posixpath.basename(row.key)}")


def _same_authorities(pki: _Pki) -> Iterator[Finding]:
    """Whom one authority signed for, every client of the other lets in."""
    owners: dict[bytes, str] = {}
    for row in pki.machine.pki:
        found = pki.certificate(row.path) if row.kind == "ca" else None
        if found is None:
            continue
        other = owners.setdefault(found.public_key, row.path)
        if other != row.path:
            message = f"is the authority of {other} too: whom one of them signed, both let in"
            yield Check(_GROUP, row.path).fail(message, "move both away: key-keeper fetches them anew")
