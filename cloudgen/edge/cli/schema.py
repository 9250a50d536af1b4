"""`cloudgen schema`: the JSON Schema of a spec."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cloudgen.edge.cli.exits import OK


def schema(
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it to this file instead of stdout.", show_default=False)
    ] = None,
) -> int:
    """Print the JSON Schema of a spec, for editors that complete and check YAML."""
    from cloudgen.edge.staging import PUBLIC, write_atomically  # noqa: PLC0415
    from cloudgen.schema import schema_text  # noqa: PLC0415

    text = schema_text()
    if out is None or str(out) == "-":
        sys.stdout.write(text)
    else:
        write_atomically(out, text.encode(), PUBLIC)
    return OK
