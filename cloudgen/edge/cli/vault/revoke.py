"""`cloudgen vault revoke`: what was minted is worth nothing any more."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cloudgen.edge.cli.console import Console, plural
from cloudgen.edge.cli.exits import BAD_INPUT
from cloudgen.edge.cli.options import Colour, ColourOption, Json
from cloudgen.edge.cli.vault.mint import Issuers, Machines
from cloudgen.edge.cli.vault.opening import Session, SpecArgument, session, told
from cloudgen.edge.cli.vault.status import ManifestOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudgen.edge.vault.revoking import Revoked
    from cloudgen.report import Report

RunOption = Annotated[str, typer.Option("--run", metavar="NAME", show_default=False, help="Only what this run minted.")]


def revoke(  # noqa: PLR0913 - the options of a command line
    spec: SpecArgument,
    *,
    manifest: ManifestOption = None,
    run: RunOption = "",
    machine: Machines = None,
    issuer: Issuers = None,
    json: Json = False,
    color: ColourOption = None,
) -> int:
    """Revoke tokens that were not used, and destroy the secret-ids that used ones left.

    Everything of the manifest, or of a run, of machines, of issuers. A machine whose secret-id is gone cannot log in
    again. Nothing left to revoke is no fault. Runs that were cut off are ended as well.
    """
    console = Console(color or Colour.AUTO, json=json)
    done: Revoked | None = None
    with told(console):
        _check(manifest, run, machine or issuer)
        found = session(str(spec), console)
        if found is not None:
            done = _revoked(found, manifest, run, (machine or (), issuer or ()), console)
    if done and manifest is None:
        console.report(_blind(), {})
    _tell(done, console)
    console.summary()
    return console.code if done else console.code or BAD_INPUT


def _blind() -> "Report":
    """Vault lists secret-ids by AppRole, and no tokens."""
    from cloudgen.report import Report, warning  # noqa: PLC0415

    message = "tokens that were not used are not revoked: only the manifest of mint knows them"
    return Report((warning(message, remedy="name it with --manifest, or they live until they expire"),))


def _check(manifest: Path | None, run: str, named: object) -> None:
    from cloudgen.edge.reading import refused  # noqa: PLC0415

    if manifest is None and (run or not named):
        raise refused(
            "it is not said what to revoke", "name a --manifest, or --machine or --issuer for secret-ids alone"
        )
    if manifest is not None and not manifest.exists():
        raise refused(f"there is no {manifest}", "name the manifest that mint wrote beside the secrets")


def _revoked(
    found: Session,
    manifest: Path | None,
    run: str,
    names: "tuple[Sequence[str], Sequence[str]]",
    console: Console,
) -> "Revoked":
    from cloudgen.edge.vault.records import records  # noqa: PLC0415
    from cloudgen.edge.vault.revoking import chosen, revoke_all  # noqa: PLC0415
    from cloudgen.edge.vault.watching import may  # noqa: PLC0415
    from cloudgen.report import Report  # noqa: PLC0415
    from cloudgen.vault.states import left_behind  # noqa: PLC0415

    wanted, client = found
    with records(manifest, found.unminted) as kept:
        what, gone = chosen(wanted, kept.manifest, run, *names)
        may(client, wanted, "revoke")
        done = revoke_all(client, wanted, kept, what)
    console.report(Report.of(left_behind(gone)), {})
    return done


def _tell(done: "Revoked | None", console: Console) -> None:
    from cloudgen.vault.states import ended  # noqa: PLC0415

    if console.json:
        counts = (done.tokens, done.secret_ids, [run.run for run in done.cut_off]) if done else (0, 0, [])
        console.result(tokens=counts[0], secretIds=counts[1], cutOff=counts[2])
        return
    if done is None:
        console.note("not everything is revoked: mend what is told above, and run it again")
        return
    for run in done.cut_off:
        console.say(ended(run))
    if done.tokens or done.secret_ids:
        console.say(f"revoked: {plural(done.tokens, 'token')}, {plural(done.secret_ids, 'secret-id')}")
    elif not done.cut_off:
        console.say("nothing was left to revoke")
