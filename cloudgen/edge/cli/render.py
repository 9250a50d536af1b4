"""`cloudgen render`: the user-data of every master, all of it or none."""

from pathlib import Path
from typing import Annotated

import typer

from cloudgen.edge.cli.console import Console, table
from cloudgen.edge.cli.exits import BAD_INPUT, OK
from cloudgen.edge.cli.options import Colour, ColourOption, Json, Specs, Strict

_STDOUT = Path("-")


def render(
    specs: Specs,
    *,
    out: Annotated[
        Path,
        typer.Option(
            allow_dash=True, show_default=False, help="Folder to write into; - prints a single user-data to stdout."
        ),
    ],
    machine: Annotated[
        list[str] | None, typer.Option("--machine", metavar="NAME", show_default=False, help="Only this one; repeatable.")
    ] = None,
    secrets: Annotated[
        Path | None,
        typer.Option(show_default=False, help="File of secrets; it must be yours, with mode 0600."),
    ] = None,
    strict: Strict = False,
    json: Json = False,
    color: ColourOption = None,
) -> int:
    """Write the user-data of every master to DIR/<cluster>/<machine>/user-data.

    Every file has mode 0600, since it may hold secrets. Nothing is written unless everything can be.
    Without secrets, visible placeholders stand in their places. Format, packing and provider are the spec's to say.
    """
    from cloudgen.edge.rendering import Rendering  # noqa: PLC0415
    from cloudgen.edge.staging import Staging  # noqa: PLC0415

    console = Console(color or Colour.AUTO, json=json, strict=strict)
    if json and out == _STDOUT:
        raise typer.BadParameter("--json and --out - both want stdout")  # noqa: EM101
    with Staging() as staging:
        run = Rendering(console, staging, out, frozenset(machine or ()))
        run.take_all([str(spec) for spec in specs], str(secrets) if secrets else None)
        code = console.code
        if code == OK:
            run.commit()
    _tell(run.rows, console)
    console.summary()
    return code
