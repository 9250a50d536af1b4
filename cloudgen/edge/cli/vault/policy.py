"""`cloudgen vault policy`: what a token must be allowed to do."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from cloudgen.edge.cli.console import Console
from cloudgen.edge.cli.exits import OK
from cloudgen.edge.cli.options import Colour, ColourOption
from cloudgen.edge.cli.vault.opening import SpecArgument, layout_of


class For(StrEnum):
    """What is to be done with Vault."""

    APPLY = "apply"
    PRUNE = "prune"
    MINT = "mint"
    STATUS = "status"
    REVOKE = "revoke"


Purpose = Annotated[For, typer.Option("--for", show_default=False, help="What the token is for.")]


def policy(spec: SpecArgument, *, purpose: Purpose, color: ColourOption = None) -> int:
    """Print the least policy for what is to be done with Vault, in HCL.

    apply's is enough for plan, and prune's for apply --prune.
    Give it to a token of its own: cloudgen vault policy SPEC --for apply | vault policy write NAME -
    """
    from cloudgen.vault import least_policy  # noqa: PLC0415

    console = Console(color or Colour.AUTO)
    wanted = layout_of(str(spec), console)
    if wanted is not None:
        sys.stdout.write(least_policy(wanted, purpose.value))
    console.summary()
    return console.code if wanted is None else OK
