"""`cloudgen vault mint`: what each machine begins with, into a file of secrets."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cloudgen.edge.cli.console import Console, plural, table
from cloudgen.edge.cli.exits import BAD_INPUT
from cloudgen.edge.cli.options import Colour, ColourOption, Json
from cloudgen.edge.cli.vault.opening import SpecArgument, session, told

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from cloudgen.edge.cli.vault.batches import Job
    from cloudgen.secrets import Secrets
    from cloudgen.vault.manifest import Minted
    from cloudgen.vault.minting import Grant

Out = Annotated[
    Path, typer.Option(metavar="FILE", show_default=False, help="File of secrets; what else it holds is kept.")
]
Machines = Annotated[
    list[str] | None, typer.Option("--machine", metavar="NAME", show_default=False, help="Only this one; repeatable.")
]
Issuers = Annotated[
    list[str] | None, typer.Option("--issuer", metavar="NAME", show_default=False, help="Only this one; repeatable.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Look whether it can be done, and show what; mint nothing.")]
Replace = Annotated[bool, typer.Option("--replace", help="Destroy secret-ids that machines may live on already.")]
AllowRoot = Annotated[
    bool,
    typer.Option("--allow-root-token", help="Mode shared: give machines the root token that mints. For a lab alone."),
]

_HEAD: Final = ("MACHINE", "ISSUER", "EXPIRES")


def mint(  # noqa: PLR0913 - the options of a command line
    spec: SpecArgument,
    *,
    out: Out,
    machine: Machines = None,
    issuer: Issuers = None,
    dry_run: DryRun = False,
    replace: Replace = False,
    allow_root_token: AllowRoot = False,
    json: Json = False,
    color: ColourOption = None,
) -> int:
    """Mint a wrapped token for each machine and issuer, just before the machines boot.

    FILE gets mode 0600 and is refused where git could take it along; FILE.manifest.json gets accessors, no tokens.
    All tokens of a run die with it: after a failure nothing is left usable.
    """
    if str(out) == "-":
        raise typer.BadParameter("tokens go to a file of mode 0600, not to stdout")
    console = Console(color or Colour.AUTO, json=json)
    rows: list[dict[str, Any]] | None = None
    with told(console):
        job = _job(str(spec), machine or (), issuer or (), console, replace=replace)
        if job is not None:
            do = _planned if dry_run else _handed if allow_root_token else _minted
            rows = do(job, out)
    _tell(rows, out, console, dry_run=dry_run)
    console.summary()
    return console.code if rows is not None else console.code or BAD_INPUT


def _job(
    name: str, machines: "Sequence[str]", issuers: "Sequence[str]", console: Console, *, replace: bool
) -> "Job | None":
    """What is to be minted for a spec; what hinders is told. Raises `Refused`."""
    found = session(name, console, minting=True)
    if found is None:
        return None
    from cloudgen.edge.cli.vault.batches import Job  # noqa: PLC0415
    from cloudgen.vault.minting import grants  # noqa: PLC0415

    return Job(session=found, todo=grants(found.wanted, machines, issuers), replace=replace, console=console)


def _planned(job: "Job", out: Path) -> list[dict[str, Any]]:
    from cloudgen.edge.worktree import refuse_tracked  # noqa: PLC0415

    refuse_tracked(out)
    job.check()
    return [{"machine": grant.machine, "issuer": grant.name, "expires": None} for grant in job.todo]


def _handed(job: "Job", out: Path) -> list[dict[str, Any]]:
    """The article's way: nothing is minted, the operator's own root token is handed on. Raises `Refused`."""
    from cloudgen.edge.staging import write_atomically  # noqa: PLC0415
    from cloudgen.edge.vault.handing import root_token  # noqa: PLC0415
    from cloudgen.edge.worktree import refuse_tracked  # noqa: PLC0415
    from cloudgen.report import Report, warning  # noqa: PLC0415
    from cloudgen.secrets import BOOTSTRAP_TOKEN, SecretRef, Secrets  # noqa: PLC0415
    from cloudgen.secrets_file import moment, written  # noqa: PLC0415

    refuse_tracked(out)
    text, expires = root_token(job.session.client, job.session.wanted)
    message = "machines are given a root token: whoever reads the user-data of one has Vault, and all that it holds"
    job.console.report(Report((warning(message, remedy="without --allow-root-token each gets its own"),)), {})
    values = {SecretRef(BOOTSTRAP_TOKEN, grant.machine, grant.name): text for grant in job.todo}
    write_atomically(out, written(Secrets({**_kept(out, job.todo).values, **values})).encode())
    return [{"machine": grant.machine, "issuer": grant.name, "expires": moment(expires)} for grant in job.todo]


def _minted(job: "Job", out: Path) -> list[dict[str, Any]]:
    from cloudgen.edge.staging import write_atomically  # noqa: PLC0415
    from cloudgen.edge.vault.records import manifest_beside, records  # noqa: PLC0415
    from cloudgen.edge.worktree import refuse_tracked  # noqa: PLC0415
    from cloudgen.secrets import Secrets  # noqa: PLC0415
    from cloudgen.secrets_file import written  # noqa: PLC0415

    refuse_tracked(out)
    job.check()
    found = job.session
    with records(manifest_beside(out), found.unminted) as kept:
        before = _kept(out, job.todo, kept.manifest.doubtful)
        with job.minted(kept) as batch:
            everything = Secrets({**before.values, **batch.values})
            write_atomically(out, written(everything).encode())
            batch.complete()
    return [_row(token) for token in batch.run.tokens]


def _kept(out: Path, todo: "Sequence[Grant]", dead: "Collection[tuple[str, str]]" = ()) -> "Secrets":
    """What the file holds already, but for tokens of another mode, or of a run that was killed. Raises `Refused`."""
    from cloudgen.edge.reading import read_private  # noqa: PLC0415
    from cloudgen.secrets import BOOTSTRAP_TOKEN, PLACEHOLDERS, Secrets  # noqa: PLC0415
    from cloudgen.secrets_file import parse_secrets  # noqa: PLC0415
    from cloudgen.vault.minting import SHARED  # noqa: PLC0415

    if not out.exists():
        return PLACEHOLDERS
    shared = {grant.machine: grant.name == SHARED for grant in todo}
    values = parse_secrets(read_private(str(out)), str(out)).values
    return Secrets(
        {
            ref: text
            for ref, text in values.items()
            if ref.kind != BOOTSTRAP_TOKEN
            or (
                shared.get(ref.machine, ref.name == SHARED) == (ref.name == SHARED)
                and (ref.machine, ref.name) not in dead
            )
        }
    )


def _row(token: "Minted") -> dict[str, Any]:
    from cloudgen.secrets_file import moment  # noqa: PLC0415

    return {"machine": token.machine, "issuer": token.issuer, "expires": moment(token.expires)}


def _tell(rows: list[dict[str, Any]] | None, out: Path, console: Console, *, dry_run: bool) -> None:
    if console.json:
        console.result(minted=[] if dry_run else rows or [], planned=rows or [] if dry_run else [], out=str(out))
        return
    if rows is None:
        console.note("nothing is minted")
        return
    console.say(table(_HEAD, [(row["machine"], row["issuer"], row["expires"] or "not minted") for row in rows]))
    what = (
        "would be minted" if dry_run else f"minted into {out}; render with --secrets {out} and boot before they expire"
    )
    console.say(f"{plural(len(rows), 'token')} {what}")
