"""Options and arguments that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer


class Colour(StrEnum):
    """Whether problems are printed in colours."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


_CHOSEN: Final = "cloudgen.colour"


def _chosen(context: typer.Context, value: Colour | None) -> Colour:
    """Given before the command or after it; the latter wins."""
    if value is not None:
        context.meta[_CHOSEN] = Colour(value)
    found: Colour = context.meta.get(_CHOSEN, Colour.AUTO)
    return found


ColourOption = Annotated[
    Colour | None,
    typer.Option(
        "--color",
        callback=_chosen,
        show_default=False,
        help="Colours on stderr: auto (terminals, unless NO_COLOR is set), always or never.",
    ),
]
Specs = Annotated[
    list[Path],
    typer.Argument(
        metavar="SPEC",
        show_default=False,
        allow_dash=True,
        readable=False,  # told in our words, when it is read
        help="Spec files; - reads standard input.",
    ),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Fail on warnings too, with exit code 1; render then writes nothing.")
]
Json = Annotated[bool, typer.Option("--json", help="Print the result, problems included, as JSON on stdout.")]
