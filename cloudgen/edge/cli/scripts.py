"""`cloudgen scripts`: the scripts as one file, for machines that fetch them."""

from pathlib import Path
from typing import Annotated

import typer

from cloudgen.edge.cli.console import Console
from cloudgen.edge.cli.options import Colour, ColourOption, Json


def scripts(
    out: Annotated[Path, typer.Option(metavar="DIR", show_default=False, help="Folder to write the file into.")],
    *,
    json: Json = False,
    color: ColourOption = None,
) -> int:
    """Write the scripts of all machines as one file, to be put on a web server of yours.

    Where a provider takes little user-data, machines fetch it from the folder that key-keeper comes from, or from the
    one that `bootstrap: {scriptsFrom: URL}` names: `cloudgen check` says where it has to be. It holds no secret and is
    the same for every cluster; its name changes with what it holds, and machines check its sum.
    """
    from cloudgen import bundle  # noqa: PLC0415
    from cloudgen.edge.staging import PUBLIC, write_atomically  # noqa: PLC0415
    from cloudgen.report import Refused  # noqa: PLC0415

    if str(out) == "-":
        raise typer.BadParameter("--out wants a folder: machines ask for the file by its name")
    console = Console(color or Colour.AUTO, json=json)
    path = out / bundle.file_name()
    try:
        write_atomically(path, bundle.archive(), PUBLIC)
    except Refused as refusal:
        console.report(refusal.report, {})
    if json:
        console.result(path=str(path), sha256=bundle.checksum(), written=not console.code)
    elif not console.code:
        console.say(f"{path}  sha256 {bundle.checksum()}")
    console.summary()
    return console.code
