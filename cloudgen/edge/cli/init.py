"""`cloudgen init`: a spec to begin with."""

import os
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from cloudgen.edge.cli.console import Console
from cloudgen.edge.cli.exits import BAD_INPUT
from cloudgen.edge.cli.options import Colour, ColourOption

Target = Annotated[Path, typer.Argument(allow_dash=True, readable=False, help="File to write; - is standard output.")]
FromEnv = Annotated[
    Path | None,
    typer.Option(
        allow_dash=True,
        readable=False,
        metavar="FILE",
        show_default=False,
        help="A block of `export NAME=value` lines.",
    ),
]
Addresses = Annotated[
    str, typer.Option(metavar="A,B,C", show_default=False, help="The masters' own addresses, in their order.")
]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that exists.")]

_DEFAULT: Final = Path("cluster.yaml")


def init(
    path: Target = _DEFAULT,
    *,
    from_env: FromEnv = None,
    address: Addresses = "",
    force: Force = False,
    color: ColourOption = None,
) -> int:
    """Write a commented spec, or the spec that means the same as a block of environment variables."""
    console = Console(color or Colour.AUTO)
    if str(path) != "-" and os.path.lexists(path) and not force:
        _refuse(console, f"{path} exists already", "choose another name, or write over it with --force")
        return BAD_INPUT
    text = _converted(str(from_env), address, console) if from_env else _commented(address, console)
    console.summary()
    if console.code == BAD_INPUT:
        return BAD_INPUT
    _write(path, text, console)
    return console.code


def _commented(address: str, console: Console) -> str:
    from cloudgen.starter import commented_spec  # noqa: PLC0415

    if address:
        _refuse(console, "--address belongs to --from-env", "write the addresses into the spec, below masters:")
    return commented_spec()


def _converted(name: str, address: str, console: Console) -> str:
    from cloudgen.edge.reading import read_bytes  # noqa: PLC0415
    from cloudgen.source import readable  # noqa: PLC0415
    from cloudgen.starter import from_env, masked  # noqa: PLC0415

    variables = readable(read_bytes(name))
    addresses = tuple(part.strip() for part in address.split(",") if part.strip())
    text, report = from_env(variables, addresses, name)
    console.report(report, {name: masked(variables)})
    return text


def _write(path: Path, text: str, console: Console) -> None:
    from cloudgen.edge.staging import PUBLIC, write_atomically  # noqa: PLC0415

    if str(path) == "-":
        sys.stdout.write(text)
        return
    write_atomically(path, text.encode(), PUBLIC)
    console.say(f"{path} is written; next: cloudgen check {path}")


def _refuse(console: Console, message: str, remedy: str) -> None:
    from cloudgen.report import Problem, Report  # noqa: PLC0415

    console.report(Report((Problem(message, remedy=remedy),)), {})
