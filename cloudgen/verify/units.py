"""Units on a disk: whether they are there, and whether they would start at boot."""

from collections.abc import Iterator
from typing import Final

from cloudgen.paths import UNITS
from cloudgen.verify.findings import Check, Finding
from cloudgen.verify.machine import Machine
from cloudgen.verify.seen import Kind

OWN: Final = ("cloudgen-bootstrap.service",)
"""What must be enabled until it is done, and is in no table: it enables the others."""
WANTS: Final = ("multi-user.target.wants", "timers.target.wants", "sockets.target.wants", "paths.target.wants")


def folders() -> tuple[str, ...]:
    """Where units lie (systemd.unit(5))."""
    return (UNITS, "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")


def check_units(machine: Machine) -> Iterator[Finding]:
    """The units of the table, after the bootstrap; before it only the bootstrap's own."""
    through = machine.seen(f"{machine.state}/done").kind is Kind.FILE
    good = 0
    names = machine.units if through else OWN
    for name in names:
        found = _fault(machine, name)
        good += found is None
        if found:
            yield found
    if good == len(names):
        yield Check("units").ok(f"{good} are there and enabled")


def _fault(machine: Machine, name: str) -> Finding | None:
    check = Check("units", name)
    if all(machine.seen(f"{folder}/{name}").kind is Kind.ABSENT for folder in folders()):
        return check.fail("there is no such unit", "render and re-create the machine, or restore the file")
    if not any(name in machine.seen(f"{UNITS}/{wants}").entries for wants in WANTS):
        return check.fail("is not enabled: it would not start at boot", f"systemctl enable {name}")
    return None
