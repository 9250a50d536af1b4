"""The commands, listed; and what `cloudgen` says about itself."""

import gc
import os
import sys
from typing import Annotated, Final

import typer

from cloudgen import __version__
from cloudgen.edge.cli.check import check
from cloudgen.edge.cli.exits import guarded
from cloudgen.edge.cli.init import init
from cloudgen.edge.cli.limits import limits
from cloudgen.edge.cli.options import ColourOption
from cloudgen.edge.cli.render import render
from cloudgen.edge.cli.schema import schema
from cloudgen.edge.cli.scripts import scripts
from cloudgen.edge.cli.unpack import unpack
from cloudgen.edge.cli.up import up
from cloudgen.edge.cli.vault.app import vault
from cloudgen.edge.cli.verify import verify

_EPILOG: Final = """\b
Examples:
  cloudgen init                                  write a commented cluster.yaml
  cloudgen check cluster.yaml                    tell everything that is wrong with it
  cloudgen render cluster.yaml --out build       write the user-data of every master
  cloudgen render cluster.yaml --out - --machine master-0
                                                 print the user-data of one
  cloudgen limits cluster.yaml                   show what fits where
  cloudgen unpack build/example/master-0/user-data --out review
                                                 read what would boot
  cloudgen verify --root /mnt                    check a master by its mounted disk

\b
Exit codes:
  0    all is well
  1    warnings under --strict, differences, or checks that fail
  2    the input or the command line is wrong
  70   a fault of cloudgen's own
  130  interrupted
"""

_RARELY: Final = 100_000
"""Objects more than at the last search for cycles; Python's own number is 700. One cluster leaves 53,000 in all."""

app = typer.Typer(
    name="cloudgen",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help: rich would double the time to print it
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_EPILOG,
)

for _name, _command, _short in (
    ("init", guarded(init), "Write a spec to begin with, or one from environment variables."),
    ("check", guarded(check), "Tell everything that is wrong with specs, at its line."),
    ("render", guarded(render), "Write the user-data of every master."),
    ("limits", guarded(limits), "Show how much of every provider's limit the user-data takes."),
    ("unpack", guarded(unpack), "List what user-data holds, and write out its files to read."),
    ("up", guarded(up), "Prepare Vault, mint tokens and write the user-data that holds them."),
    ("scripts", guarded(scripts), "Write the scripts as one file, for machines that fetch them."),
    ("verify", guarded(verify), "Check a master, or its mounted disk, against what it should be."),
    ("schema", guarded(schema), "Print the JSON Schema of a spec, for editors."),
):
    app.command(_name, short_help=_short, no_args_is_help=False)(_command)
app.add_typer(vault)


def _version(value: bool) -> None:  # noqa: FBT001 - called by Typer
    if value:
        print(f"cloudgen {__version__}")  # noqa: T201 - the command line's own voice
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    color: ColourOption = None,
) -> None:
    """One YAML file becomes the user-data of every master of a Kubernetes control plane."""


def main() -> None:
    """The entry point: whatever is printed survives any encoding of the terminal, and closed streams too."""
    # Nearly all that a command makes it needs to its end, or is freed at once by its reference count: Python's search
    # for cycles among it took up to a tenth of the time, and found next to nothing.
    gc.set_threshold(_RARELY)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: PTH123, SIM115 - stays open to the end
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="cloudgen")
