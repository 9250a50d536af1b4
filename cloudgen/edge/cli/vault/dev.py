"""`cloudgen vault dev`: a throw-away Vault on this machine, for as long as the command runs."""

import ipaddress
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cloudgen.edge.cli.console import Console, plural
from cloudgen.edge.cli.exits import BAD_INPUT
from cloudgen.edge.cli.options import Colour, ColourOption

if TYPE_CHECKING:
    from cloudgen.edge.opened import Opened
    from cloudgen.edge.vault.throwaway import Throwaway

SpecMaybe = Annotated[
    Path | None, typer.Argument(metavar="[SPEC]", show_default=False, help="Spec file to provision it for.")
]
Listen = Annotated[
    str,
    typer.Option(
        "--listen", metavar="ADDRESS", show_default=False, help="HOST:PORT; by default a free one of loopback."
    ),
]

_ADDRESS: Final = re.compile(r"(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):(?P<port>[0-9]{1,5})")
_MOST: Final = 65535
_POLL: Final = 0.2


def dev(spec: SpecMaybe = None, *, listen: Listen = "", color: ColourOption = None) -> int:
    """Run a throw-away OpenBao in memory, provisioned for a spec if one is given, until ^C; print what to export.

    Plain HTTP and a root token: for a look around, and for nothing else. It needs the extra cloudgen[demo].
    """
    from cloudgen.edge.cli.vault.opening import installed, open_told  # noqa: PLC0415
    from cloudgen.report import Refused  # noqa: PLC0415

    console = Console(color or Colour.AUTO)
    opened = open_told(str(spec), console) if spec else None
    if spec and opened is None:
        console.summary()
        return console.code or BAD_INPUT
    try:
        installed()
        _check(listen, console)
        _run(opened, listen, console)
    except Refused as refusal:
        console.report(refusal.report, {})
    console.summary()
    return console.code


def _check(listen: str, console: Console) -> None:
    """An address that can be listened on; one that others reach is told. Raises `Refused`."""
    from cloudgen.edge.reading import refused  # noqa: PLC0415
    from cloudgen.report import Report, warning  # noqa: PLC0415

    if not listen:
        return
    found = _ADDRESS.fullmatch(listen)
    if not found or not 0 < int(found["port"]) <= _MOST:
        raise refused(f"{listen[:80]} is no address to listen on", "write it like 127.0.0.1:8200")
    if not _loopback(found["host"].strip("[]")):
        remedy = "for a lab that nobody else reaches"
        message = "others reach this Vault: plain HTTP, and a root token that opens everything"
        console.report(Report((warning(message, remedy=remedy),)), {})


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _run(opened: "Opened | None", listen: str, console: Console) -> None:
    from cloudgen.edge.cli.vault.batches import stoppable  # noqa: PLC0415
    from cloudgen.edge.vault.throwaway import throwaway  # noqa: PLC0415

    namespace = opened.spec.vault.namespace if opened and opened.spec else None
    with stoppable():
        try:
            with throwaway(listen, namespace) as server:
                _provision(opened, server, console)
                _tell(server, namespace, console)
                _wait(server)
        except KeyboardInterrupt:
            console.note("the throw-away Vault is gone, with all that it held")


def _provision(opened: "Opened | None", server: "Throwaway", console: Console) -> None:
    from cloudgen.edge.cli.vault.opening import session_of  # noqa: PLC0415
    from cloudgen.edge.cli.vault.provisioning import provision  # noqa: PLC0415

    found = session_of(opened, server.environment) if opened else None
    if found is None:
        return
    # A plan for an empty server says nothing new.
    done = provision(found, console, lambda: True, quiet=True) or 0
    console.note(f"provisioned for {found.wanted.cluster}: {plural(done, 'thing')} made")


def _tell(server: "Throwaway", namespace: str | None, console: Console) -> None:
    """The token is shown on purpose: it opens nothing but this server, and ends with it."""
    import sys  # noqa: PLC0415

    console.say(f"export VAULT_ADDR={server.address}")
    console.say(f"export VAULT_TOKEN={server.token.reveal()}  # throw-away: it ends with this server")
    if namespace:
        console.say(f"export VAULT_NAMESPACE={namespace}")
    sys.stdout.flush()
    console.note("^C stops it")


def _wait(server: "Throwaway") -> None:
    from cloudgen.edge.reading import refused  # noqa: PLC0415

    while server.process.poll() is None:
        time.sleep(_POLL)
    raise refused("the throw-away Vault has ended by itself", "start it again")
