"""`cloudgen vault status`: what has become of what was minted."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cloudgen.edge.cli.console import Console, table
from cloudgen.edge.cli.exits import BAD_INPUT, DIFFERENT, OK
from cloudgen.edge.cli.options import Colour, ColourOption, Json
from cloudgen.edge.cli.vault.mint import Issuers, Machines
from cloudgen.edge.cli.vault.opening import Session, SpecArgument, session, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudgen.vault.states import Seen, State

ManifestOption = Annotated[
    Path | None,
    typer.Option("--manifest", metavar="FILE", show_default=False, help="What mint wrote beside the secrets."),
]

_HEAD: Final = ("MACHINE", "ISSUER", "STATE", "EXPIRES", "SECRET-IDS")
_NUMBERS: Final = frozenset({4})


def status(  # noqa: PLR0913 - the options of a command line
    spec: SpecArgument,
    *,
    manifest: ManifestOption = None,
    machine: Machines = None,
    issuer: Issuers = None,
    json: Json = False,
    color: ColourOption = None,
) -> int:
    """Tell for each machine and issuer whether its token is unused, used or expired; exactly one secret-id is expected.

    Without a manifest only secret-ids are seen. Exits 0 if all is as it should be, 1 if something is not, 2 if it
    cannot be told.
    """
    console = Console(color or Colour.AUTO, json=json)
    rows: list[dict[str, Any]] | None = None
    fine = False
    with told(console):
        found = session(str(spec), console)
        if found is not None:
            rows, fine = _rows(found, manifest, (machine or (), issuer or ()), console)
    if json:
        console.result(identities=rows or [])
    elif rows is not None:
        console.say(table(_HEAD, map(_cells, rows), _NUMBERS))
    console.summary()
    if rows is None:
        return console.code or BAD_INPUT
    return console.code or (OK if fine else DIFFERENT)


def _rows(
    found: Session, path: Path | None, names: "tuple[Sequence[str], Sequence[str]]", console: Console
) -> tuple[list[dict[str, Any]], bool]:
    """A row for each identity, and whether all is as it should be. Raises `Refused`."""
    from cloudgen.edge.reading import refused  # noqa: PLC0415
    from cloudgen.edge.vault.records import read_manifest  # noqa: PLC0415
    from cloudgen.edge.vault.watching import look, may, strangers  # noqa: PLC0415
    from cloudgen.report import Report  # noqa: PLC0415
    from cloudgen.vault.minting import select  # noqa: PLC0415
    from cloudgen.vault.states import complaint, cut_off, judge, summed_up, waiting  # noqa: PLC0415

    wanted, client = found
    if path is not None and not path.exists():
        raise refused(f"there is no {path}", "name the manifest that mint wrote, or leave it out")
    chosen = select(wanted, *names)
    manifest = read_manifest(path, found.unminted) if path else found.unminted
    may(client, wanted, "status")
    beside = Report.of((*cut_off(manifest), *waiting(strangers(client, wanted, manifest))))
    console.report(beside, {})
    seen = look(client, wanted, manifest, chosen, lambda n: console.progress(f"looked at {n} of {len(chosen)}"))
    now = client.now() or int(time.time())
    states = [judge(one, now) for one in seen]
    complaints = [complaint(one, state) for one, state in zip(seen, states, strict=True)]
    told_of = [problem for problem in complaints if problem]
    console.report(Report(tuple(summed_up(told_of, manifested=path is not None))), {})
    rows = [_row(one, state, expected=not wrong) for one, state, wrong in zip(seen, states, complaints, strict=True)]
    return rows, not told_of and not beside.problems


def _row(seen: "Seen", state: "State", *, expected: bool) -> dict[str, Any]:
    from cloudgen.secrets_file import moment  # noqa: PLC0415

    return {
        "machine": seen.machine,
        "issuer": seen.issuer,
        "state": state.value,
        "expires": moment(seen.minted.expires) if seen.minted else None,
        "secretIds": seen.secret_ids,
        "expected": expected,
    }


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    state = row["state"] if row["expected"] else f"{row['state']} (!)"
    return (row["machine"], row["issuer"], state, row["expires"] or "", str(row["secretIds"]))
