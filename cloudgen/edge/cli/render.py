"""`cloudgen render`: the user-data of every master, all of it or none."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cloudgen.edge.cli.console import Console, table
from cloudgen.edge.cli.exits import OK
from cloudgen.edge.cli.options import Colour, ColourOption, Json, Specs, Strict

if TYPE_CHECKING:
    from cloudgen.edge.cli.rendering import Rendering, Row

_HEAD: Final = ("MACHINE", "SIZE", "LIMIT", "SHARE", "PACKING", "FINGERPRINT", "PATH")
_NUMBERS: Final = frozenset({1, 3})
_SHORT: Final = 12
"""Digits of a fingerprint that the table shows; --json has all of them."""


class SeedKind(StrEnum):
    """Seeds; `cloudgen.seeds.SEEDS` by name, which the help must not import."""

    NOCLOUD = "nocloud"
    NOCLOUD_ISO = "nocloud-iso"
    CONFIG_DRIVE_ISO = "config-drive-iso"


Out = Annotated[
    Path,
    typer.Option(
        allow_dash=True,
        metavar="DIR",
        show_default=False,
        help="Folder to write into; - prints a single one to stdout.",
    ),
]
Machines = Annotated[
    list[str] | None, typer.Option(metavar="NAME", show_default=False, help="Only this one; repeatable.")
]
SecretsFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", readable=False, show_default=False, help="File of secrets; it must be yours, with mode 0600."
    ),
]
Seed = Annotated[
    SeedKind | None,
    typer.Option(
        "--seed",
        show_default=False,
        help="Write beside each user-data what carries it where no cloud does: a folder nocloud/, nocloud.iso (label"
        " cidata), or config-drive.iso (label config-2).",
    ),
]


def render(  # noqa: PLR0913 - the options of a command line
    specs: Specs,
    *,
    out: Out,
    machine: Machines = None,
    secrets: SecretsFile = None,
    seed: Seed = None,
    strict: Strict = False,
    json: Json = False,
    color: ColourOption = None,
) -> int:
    """Write the user-data of every master to DIR/<cluster>/<machine>/user-data.

    Every file has mode 0600, since it may hold secrets. Nothing is written unless everything can be.
    Without secrets, visible placeholders stand in their places. Format, packing and provider are the spec's to say.
    """
    from cloudgen.edge.cli.rendering import STDOUT, Rendering  # noqa: PLC0415
    from cloudgen.edge.staging import Staging  # noqa: PLC0415

    if out == STDOUT and (json or seed):
        raise typer.BadParameter("--json and --out - both want stdout" if json else "--seed wants --out DIR")
    console = Console(color or Colour.AUTO, json=json, strict=strict)
    with Staging(durable=secrets is not None) as staging:
        run = Rendering(console, staging, out, frozenset(machine or ()), seed or "")
        run.take_all([str(spec) for spec in specs], str(secrets) if secrets else None)
        if console.code == OK:
            run.finish()
    tell(run, console)
    console.summary()
    return console.code


def tell(run: "Rendering", console: Console) -> None:
    """What is written, and what takes it to the cloud."""
    from dataclasses import asdict  # noqa: PLC0415

    written = console.code == OK
    if console.json:
        console.result(written=written, machines=[asdict(row) for row in run.rows] if written else [])
    elif not written:
        console.note("nothing is written")
    elif str(run.out) != "-":
        console.say(table(_HEAD, [_cells(row) for row in run.rows], _NUMBERS))
        console.say("\n" + "\n".join(row.hand_over for row in run.rows))


def _cells(row: "Row") -> tuple[str, ...]:
    limit = f"{row.limit} {row.unit}" if row.limit else f"none ({row.unit})"
    from cloudgen.budget import percent  # noqa: PLC0415

    share = f"{percent(row.size, row.limit)} %" if row.limit else ""
    return (row.machine, str(row.size), limit, share, row.packing, row.fingerprint[:_SHORT], row.seed or row.path)
