"""`cloudgen unpack`: user-data back to what a machine makes of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cloudgen.edge.cli.console import Console, table
from cloudgen.edge.cli.options import Colour, ColourOption, Json

if TYPE_CHECKING:
    from cloudgen.review.unpack import Unpacked

_HEAD: Final = ("MODE", "OWNER", "BYTES", "KIND", "PATH OR NAME")
_NUMBERS: Final = frozenset({2})


Source = Annotated[
    Path,
    typer.Argument(
        allow_dash=True, readable=False, show_default=False, help="User-data, however wrapped; - is standard input."
    ),
]
Out = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Write the files below this folder, too.", show_default=False)
]
Force = Annotated[bool, typer.Option("--force", help="Write into a folder that has content.")]


def unpack(
    file: Source, *, out: Out = None, force: Force = False, json: Json = False, color: ColourOption = None
) -> int:
    """List what user-data holds, and write its files below a folder to read them.

    MIME, gzip, base64, Ignition's configs in configs, ISO seeds and what a cloud's API prints are opened, in any
    nesting. The copies are readable by you alone; the listing on stdout tells the modes and owners that they have on
    the machine. A placeholder or a secret counts no bytes there.
    """
    from cloudgen import gz  # noqa: PLC0415
    from cloudgen.edge.reading import read_bytes  # noqa: PLC0415
    from cloudgen.edge.tree import write_tree  # noqa: PLC0415
    from cloudgen.report import Refused  # noqa: PLC0415
    from cloudgen.review.unpack import unpack as opened  # noqa: PLC0415

    console = Console(color or Colour.AUTO, json=json)
    found = None
    try:
        found = opened(read_bytes(str(file), gz.LIMIT))
        if out is not None:
            write_tree(found.node, out, force=force)
        console.report(found.report, {})
    except Refused as refusal:
        console.report(refusal.report, {})
    _tell(found if not console.code else None, console)
    console.summary()
    return console.code


def _tell(found: "Unpacked | None", console: Console) -> None:
    from cloudgen.review.listing import as_json, listing  # noqa: PLC0415
    from cloudgen.source import without_tokens  # noqa: PLC0415

    if console.json:
        held = {"format": found.format, "layers": found.layers, "pieces": as_json(found.node)} if found else {}
        console.result(**held)
    elif found is not None:
        rows = [(r.mode, r.owner, str(r.size or ""), r.kind, without_tokens(r.path)) for r in listing(found.node)]
        console.say(table(_HEAD, rows, _NUMBERS))
        console.say(f"\n{' in '.join((found.format, *reversed(found.layers)))}")
