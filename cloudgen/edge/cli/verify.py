"""`cloudgen verify`: whether a machine is what it should be."""

import sys
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cloudgen.edge.cli.console import Console, coloured, plural
from cloudgen.edge.cli.exits import BAD_INPUT, DIFFERENT
from cloudgen.edge.cli.options import Colour, ColourOption, Json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudgen.verify import Finding, Machine

_COLOURS: Final = {"fail": "31", "warning": "33", "ok": "32", "skipped": "36"}
_MARGIN: Final = " " * 9

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
        help="Judge certificates as of this time (UTC); by default now.",
    ),
]


def verify(*, root: RootOption = "/", at: AtOption = None, json: Json = False, color: ColourOption = None) -> int:
    """Check a master against what cloudgen put on it: certificates, kubeconfigs, static pods, bootstrap, units.

    Where the machine runs, units, etcd, the API, its node and its pods are asked too. Nothing is changed, and no key
    is printed. Exits 0 if nothing fails, 1 if something does, 2 if DIR is no machine of cloudgen's.
    """
    from cloudgen.edge.cli.vault.opening import told  # noqa: PLC0415

    console = Console(color or Colour.AUTO, json=json)
    found: tuple[Machine, list[Finding]] | None = None
    with told(console):
        found = _found(root, at or datetime.now(UTC))
    if found is None:
        if json:
            console.result(checks=[])
        return BAD_INPUT
    machine, findings = found
    failed = any(finding.state == "fail" for finding in findings)
    if json:
        console.result(**_names(machine), root=root, ok=not failed, checks=[_as_json(one) for one in findings])
    else:
        _show(machine, root, findings, console, colour=coloured(color or Colour.AUTO, sys.stdout))
    return DIFFERENT if failed else console.code


def _found(folder: str, now: datetime) -> "tuple[Machine, list[Finding]]":
    from cloudgen.edge.cli.vault.opening import installed  # noqa: PLC0415

    installed("verify", ("cryptography",))
    from cloudgen.edge.machine.asking import asked  # noqa: PLC0415
    from cloudgen.edge.machine.looking import looked_at  # noqa: PLC0415
    from cloudgen.edge.machine.rooted import root_of  # noqa: PLC0415
    from cloudgen.verify import verify as checked  # noqa: PLC0415

    with root_of(folder) as root:
        machine = looked_at(root)
        return machine, [*checked(machine, now.replace(tzinfo=UTC)), *asked(machine, folder, running=root.running)]


def _names(machine: "Machine") -> dict[str, str]:
    return {"cluster": machine.setting("CLUSTER"), "machine": machine.setting("MACHINE")}


def _as_json(finding: "Finding") -> dict[str, object]:
    from cloudgen.source import without_tokens  # noqa: PLC0415

    return {
        "check": finding.check,
        "subject": finding.subject,
        "state": finding.state.value,
        "message": without_tokens(finding.message),
        "remedy": finding.remedy,
        "details": [without_tokens(line) for line in finding.details],
    }


def _show(machine: "Machine", root: str, findings: "Sequence[Finding]", console: Console, *, colour: bool) -> None:
    from cloudgen.edge.show import printable  # noqa: PLC0415

    names = _names(machine)
    console.say(printable(f"{names['machine']} of {names['cluster']}, root {root}"))
    for _, alike in groupby(findings, key=_heading):
        group = [*alike]
        console.say(f"\n{', '.join(dict.fromkeys(finding.check for finding in group))}")
        shown = group[:1] if group[0].state == "skipped" else group
        for finding, after in zip(shown, [*shown[1:], None], strict=True):
            # What helps several in a row is told once, below them.
            helps = after is None or after.remedy != finding.remedy
            for line in _lines(finding, helps=helps, colour=colour):
                console.say(line)
    states = [finding.state.value for finding in findings]
    warnings = plural(states.count("warning"), "warning")
    counts = f"{states.count('ok')} ok, {warnings}, {states.count('fail')} failed, {states.count('skipped')} skipped"
    console.say(f"\n{counts}")


def _heading(finding: "Finding") -> tuple[str, str]:
    """What stands together: a check's findings, and all checks that are skipped for one reason."""
    skipped = finding.state == "skipped" and not finding.subject
    return ("", finding.message) if skipped else (finding.check, "")


def _lines(finding: "Finding", *, helps: bool, colour: bool) -> "Iterator[str]":
    from cloudgen.edge.show import printable  # noqa: PLC0415

    state = finding.state.value
    word = f"{state:<8}"
    shown = f"\x1b[{_COLOURS[state]}m{word}\x1b[0m" if colour else word
    subject = f"{printable(finding.subject)}: " if finding.subject else ""
    yield f"{shown} {subject}{printable(finding.message)}"
    yield from (f"{_MARGIN}| {printable(line)}" for line in finding.details)
    if finding.remedy and helps:
        yield f"{_MARGIN}= help: {printable(finding.remedy)}"
