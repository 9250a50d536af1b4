"""`cloudgen verify`: whether a machine is what it should be."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from cloudgen.edge.cli.console import Console, coloured
from cloudgen.edge.cli.exits import BAD_INPUT, DIFFERENT, OK
from cloudgen.edge.cli.options import Colour, ColourOption, Json

if TYPE_CHECKING:
    from cloudgen.verify import Finding, Machine

RootOption = Annotated[
    str,
    typer.Option("--root", metavar="DIR", help="The machine's root: a mounted disk, a container's root."),
]


AtOption = Annotated[
    datetime | None,
    typer.Option(
        "--at",
        formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"],
        show_default=False,
        metavar="TIME",
        help="Judge certificates as of 2027-01-31, or 2027-01-31T12:00:00Z (UTC); by default now.",
    ),
]


SpecOption = Annotated[
    Path | None,
    typer.Option(
        "--spec", metavar="FILE", show_default=False, help="Compare its files with what this spec makes, too."
    ),
]
MachineOption = Annotated[
    str, typer.Option("--machine", metavar="NAME", show_default=False, help="Its name in the spec, if it is another.")
]


class _Asked(NamedTuple):
    """What is to be verified."""

    root: str
    now: datetime
    spec: Path | None
    machine: str


def verify(  # noqa: PLR0913 - the options of a command line
    *,
    root: RootOption = "/",
    spec: SpecOption = None,
    machine: MachineOption = "",
    at: AtOption = None,
    json: Json = False,
    color: ColourOption = None,
) -> int:
    """Check a master against what cloudgen put on it: certificates, kubeconfigs, static pods, bootstrap, units.

    Where the machine runs, units, etcd, the API, its node and its pods are asked too. Nothing is changed, and no key
    is printed. Exits 0 if nothing fails, 1 if something does, 2 if DIR is no machine of cloudgen's.
    """
    from cloudgen.edge.cli.vault.opening import told  # noqa: PLC0415

    console = Console(color or Colour.AUTO, json=json)
    found: tuple[Machine, list[Finding]] | None = None
    with told(console):
        found = _found(_Asked(root, (at or datetime.now(UTC)).replace(tzinfo=UTC), spec, machine), console)
    if found is None:
        if json:
            console.result(checks=[])
        return BAD_INPUT
    from cloudgen.edge.cli.verified import show  # noqa: PLC0415

    show(*found, root, console, coloured(color or Colour.AUTO, sys.stdout))
    return DIFFERENT if any(finding.state == "fail" for finding in found[1]) else OK


def _found(asked: _Asked, console: Console) -> "tuple[Machine, list[Finding]] | None":
    from cloudgen.edge.cli.vault.opening import installed, open_told  # noqa: PLC0415

    installed("verify", ("cryptography",))
    from cloudgen.edge.machine.asking import live  # noqa: PLC0415
    from cloudgen.edge.machine.looking import looked_at, made_by  # noqa: PLC0415
    from cloudgen.edge.machine.rooted import root_of  # noqa: PLC0415
    from cloudgen.verify import check_drift, rendered_paths  # noqa: PLC0415
    from cloudgen.verify import verify as checked  # noqa: PLC0415

    opened = open_told(str(asked.spec), console) if asked.spec else None
    if asked.spec and (opened is None or opened.spec is None):
        return None
    with root_of(asked.root) as root:
        machine, drift = looked_at(root), []
        if opened and opened.spec:
            node = made_by(opened.spec, machine, asked.machine)
            machine = looked_at(root, rendered_paths(node))
            drift = [*check_drift(machine, node)]
        return machine, [*checked(machine, asked.now), *drift, *live(machine, asked.root, running=root.running)]
