"""`cloudgen vault plan` and `apply`: what Vault lacks for a cluster, and making it so."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cloudgen.edge.cli.console import Console, coloured
from cloudgen.edge.cli.exits import BAD_INPUT, DIFFERENT, OK
from cloudgen.edge.cli.options import Colour, ColourOption, Json
from cloudgen.edge.cli.vault.opening import Session, SpecArgument, session

if TYPE_CHECKING:
    from cloudgen.vault import Plan, Step

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Prune = Annotated[
    bool, typer.Option("--prune", help="Delete what the cluster needed once: roles and policies of machines now gone.")
]
CsrOut = Annotated[
    Path | None,
    typer.Option(metavar="DIR", show_default=False, help="Write CSRs of external authorities here, not to stdout."),
]
Signed = Annotated[
    Path | None,
    typer.Option(metavar="DIR", show_default=False, help="Import signed authorities: DIR/etcd.pem and so on."),
]


def plan(spec: SpecArgument, *, prune: Prune = False, json: Json = False, color: ColourOption = None) -> int:
    """Compare Vault with what a spec needs, and show the difference; nothing is changed.

    What is not needed any more is shown, and is a change with --prune alone.
    Exits 0 if there is none, 1 if apply would change something, 2 if something is wrong.
    """
    console = Console(color or Colour.AUTO, json=json)
    found, made = _looked(str(spec), console, reading=True, prune=prune)
    if json:
        console.result(**_as_json(made))
    elif made is not None:
        _show(made, color or Colour.AUTO, console)
    console.summary()
    if console.code or made is None or found is None:
        return console.code or BAD_INPUT
    return DIFFERENT if made.steps else OK


def apply(  # noqa: PLR0913 - the options of a command line
    spec: SpecArgument,
    *,
    yes: Yes = False,
    csr_out: CsrOut = None,
    signed: Signed = None,
    prune: Prune = False,
    json: Json = False,
    color: ColourOption = None,
) -> int:
    """Make Vault hold what a spec needs; what is there already stays.

    Authorities and keys are made once, never replaced, never deleted; nothing else is, but by --prune, last.
    After a failure, run it again. Exits 1 if authorities still wait for being signed outside.
    """
    console = Console(color or Colour.AUTO, json=json)
    found, made = _looked(str(spec), console, reading=False, prune=prune)
    if found is None or made is None or console.code:
        _tell_nothing(made, console)
        console.summary()
        return console.code or BAD_INPUT
    if not json:
        _show(made, color or Colour.AUTO, console)
    answer = OK if yes or not made.steps else _asked(console, json=json)
    if answer != OK:
        _tell_nothing(made, console)
        return answer
    code = _apply(found, made, console, csr_out, signed)
    console.summary()
    return code


def _looked(name: str, console: Console, *, reading: bool, prune: bool) -> "tuple[Session | None, Plan | None]":
    """What is to be done; what hinders is told."""
    from cloudgen.report import Refused  # noqa: PLC0415

    try:
        found = session(name, console)
        if found is None:
            return None, None
        from cloudgen.edge.vault.reading import may_delete, preflight, read_live  # noqa: PLC0415
        from cloudgen.vault import compare  # noqa: PLC0415

        preflight(found.client, found.wanted, reading=reading)
        live = read_live(found.client, found.wanted, console.progress)
        made = compare(found.wanted, live, time.time(), prune=prune)
        if not reading:
            may_delete(found.client, made.steps)
    except Refused as refusal:
        console.report(refusal.report, {})
        return None, None
    console.report(made.report, {})
    return found, made


def _as_json(made: "Plan | None") -> dict[str, object]:
    from cloudgen.edge.cli.vault.showing import as_json  # noqa: PLC0415
    from cloudgen.vault import Plan  # noqa: PLC0415

    return as_json(made or Plan())


def _tell_nothing(made: "Plan | None", console: Console) -> None:
    """Nothing is done: the result, for who waits for one."""
    if console.json:
        console.result(**_as_json(made), done=0, waiting=[])


def _show(made: "Plan", colour: Colour, console: Console) -> None:
    from cloudgen.edge.cli.vault.showing import counted, shown  # noqa: PLC0415

    text = shown(made, colour=coloured(colour, sys.stdout))
    if text:
        console.say(f"{text}\n")
    console.say(counted(made))


def _asked(console: Console, *, json: bool) -> int:
    if json or not sys.stdin.isatty():
        console.note("nothing is changed: add --yes where nobody can be asked")
        return BAD_INPUT
    try:
        agreed = typer.confirm("Make it so?", err=True)
    except typer.Abort:
        agreed = False
    if not agreed:
        console.note("nothing is changed")
    return OK if agreed else DIFFERENT


def _apply(found: Session, made: "Plan", console: Console, csr_out: Path | None, signed: Path | None) -> int:
    from cloudgen.edge.cli.vault.signing import read_signed, write_csrs  # noqa: PLC0415
    from cloudgen.edge.vault.applying import apply as do  # noqa: PLC0415
    from cloudgen.report import Refused, Report  # noqa: PLC0415

    done: list[Step] = []

    def tell(step: "Step") -> None:
        done.append(step)
        console.progress(f"{len(done)} of {len(made.steps)}: {step.what} {step.name}")

    waiting: dict[str, str] = {}
    report: Report = Report()
    try:
        waiting = do(found.client, found.wanted, made.steps, tell, read_signed(signed, made))
        write_csrs(waiting, csr_out, console)
    except Refused as refusal:
        report = refusal.report
    console.report(report, {})
    if console.json:
        console.result(**_as_json(made), done=len(done), waiting=sorted(waiting))
    elif report.failed:
        console.note(f"{len(done)} of {len(made.steps)} are done; the next apply does the rest")
    elif done:
        console.say(f"done: {len(done)}")
    return console.code or (DIFFERENT if waiting else OK)
