"""`cloudgen up`: provision, mint and render in one command, so that tokens are young when machines boot."""

import os
import sys
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cloudgen.edge.cli.console import Console
from cloudgen.edge.cli.exits import BAD_INPUT
from cloudgen.edge.cli.options import Colour, ColourOption, Json
from cloudgen.edge.cli.render import Machines, SecretsFile, Seed
from cloudgen.edge.cli.vault.mint import Replace
from cloudgen.edge.cli.vault.opening import SpecArgument, told
from cloudgen.edge.cli.vault.plan import Yes

if TYPE_CHECKING:
    from collections.abc import Mapping


class Server(StrEnum):
    """Which Vault."""

    LIVE = "live"
    DEV = "dev"


Out = Annotated[Path, typer.Option(metavar="DIR", show_default=False, help="Folder to write into.")]
VaultOption = Annotated[
    Server, typer.Option("--vault", help="dev: a throw-away OpenBao that ends with this command; for a look only.")
]


def up(  # noqa: PLR0913 - the options of a command line
    spec: SpecArgument,
    *,
    out: Out,
    machine: Machines = None,
    secrets: SecretsFile = None,
    seed: Seed = None,
    vault: VaultOption = Server.LIVE,
    yes: Yes = False,
    replace: Replace = False,
    json: Json = False,
    color: ColourOption = None,
) -> int:
    """Prepare Vault, mint tokens and write the user-data that holds them: of every master, or of some.

    Tokens are nowhere on the disk but in DIR/<cluster>/<machine>/user-data, mode 0600; their accessors are in
    DIR/<cluster>/mint.manifest.json. After a failure nothing of the run is left usable.
    """
    from cloudgen.edge.cli.rising import Rising  # noqa: PLC0415

    console = Console(color or Colour.AUTO, json=json)
    run = Rising(console, out, frozenset(machine or ()), seed or "", replace=replace)
    run.dev = vault is Server.DEV
    with told(console), ExitStack() as stack:
        if run.open(str(spec), str(secrets) if secrets else None):
            run.go(_environment(vault, stack, console, run.namespace), lambda: yes or run.dev or _agreed(console))
    run.tell()
    console.summary()
    return console.code if run.written else console.code or BAD_INPUT


def _environment(vault: Server, stack: ExitStack, console: Console, namespace: str | None) -> "Mapping[str, str]":
    """How Vault is reached; what was started ends with the stack. Raises `Refused`."""
    if vault is Server.LIVE:
        return os.environ
    from cloudgen.edge.cli.vault.batches import stoppable  # noqa: PLC0415
    from cloudgen.edge.cli.vault.opening import installed  # noqa: PLC0415
    from cloudgen.edge.vault.throwaway import throwaway  # noqa: PLC0415

    installed()
    console.note("a demo: this Vault ends with the command, and its tokens then open nothing")
    stack.enter_context(stoppable())
    return stack.enter_context(throwaway(namespace=namespace)).environment


def _agreed(console: Console) -> bool:
    if console.json or not sys.stdin.isatty():
        console.note("nothing is changed: add --yes where nobody can be asked")
        return False
    return typer.confirm("Make it so?", err=True)
