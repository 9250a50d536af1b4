"""Provisioning as a part of other commands: plan, ask, apply, in their own words."""

import sys
import time
from collections.abc import Callable

from cloudgen.edge.cli.console import Console, coloured
from cloudgen.edge.cli.options import Colour
from cloudgen.edge.cli.vault.opening import Session
from cloudgen.edge.cli.vault.showing import counted, shown
from cloudgen.edge.reading import refused
from cloudgen.edge.vault.applying import apply
from cloudgen.edge.vault.reading import preflight, read_live
from cloudgen.vault import Plan, Step, compare


def provision(found: Session, console: Console, agreed: Callable[[], bool], *, quiet: bool = False) -> int | None:
    """Make Vault hold what the spec needs; how much was done, None if it was not agreed to. Raises `Refused`."""
    made = _planned(found, console)
    if any(step.how == "csr" for step in made.steps):
        later = "choose vault.authorities.mode root for it: a throw-away Vault does not wait"
        remedy = later if quiet else "run cloudgen vault apply first, with --signed"
        raise refused("authorities wait for being signed outside", remedy)
    if made.steps:
        if not quiet:
            console.note(f"{shown(made, colour=coloured(Colour.AUTO, sys.stderr))}\n\n{counted(made)}")
        if not agreed():
            return None
    done: list[Step] = []

    def tell(step: Step) -> None:
        done.append(step)
        console.progress(f"{len(done)} of {len(made.steps)}: {step.what} {step.name}")

    apply(found.client, found.wanted, made.steps, tell)
    return len(done)


def _planned(found: Session, console: Console) -> Plan:
    preflight(found.client, found.wanted, reading=False)
    made = compare(found.wanted, read_live(found.client, found.wanted, console.progress), time.time())
    console.report(made.report, {})
    if made.report.failed:
        raise refused(
            "Vault cannot be made what the spec needs", "mend what is told above; cloudgen vault plan shows it"
        )
    return made
