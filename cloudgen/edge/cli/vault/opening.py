"""From a spec's file to what Vault must hold for it, and to a client of that Vault."""

import importlib.util
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from cloudgen.edge.cli.console import Console
from cloudgen.edge.cli.exits import OK

if TYPE_CHECKING:
    from cloudgen.edge.opened import Opened
    from cloudgen.edge.vault.client import Client
    from cloudgen.vault import Layout
    from cloudgen.vault.manifest import Manifest

SpecArgument = Annotated[
    Path, typer.Argument(metavar="SPEC", show_default=False, allow_dash=True, help="Spec file; - reads standard input.")
]


class Session(NamedTuple):
    """A cluster and its Vault."""

    wanted: "Layout"
    client: "Client"

    @property
    def unminted(self) -> "Manifest":
        """The manifest of a cluster that nothing was minted for yet."""
        from cloudgen.vault.manifest import Manifest  # noqa: PLC0415

        namespace = self.client.namespace or ""
        return Manifest(cluster=self.wanted.cluster, server=self.client.address, namespace=namespace)


def open_told(name: str, console: Console) -> "Opened | None":
    """A spec that is in order; what is not is told."""
    from cloudgen.edge.opened import open_spec  # noqa: PLC0415

    opened = open_spec(name)
    console.report(opened.report, opened.texts)
    return opened if opened.spec is not None and console.code == OK else None


def layout_of(name: str, console: Console) -> "Layout | None":
    """What Vault must hold for a spec."""
    from cloudgen.vault import layout  # noqa: PLC0415

    opened = open_told(name, console)
    return layout(opened.spec) if opened is not None and opened.spec is not None else None


def session(name: str, console: Console, *, minting: bool = False) -> Session | None:
    """A cluster and a client of its Vault; what hinders is told. Raises `Refused` for a wrong environment."""
    opened = open_told(name, console)
    found = session_of(opened, os.environ) if opened is not None else None
    if minting and opened is not None and found is not None:
        tell_elsewhere(opened, found, console)
    return found


def tell_elsewhere(opened: "Opened", found: Session, console: Console) -> None:
    """A warning where machines would bring their tokens to another place than the one they are minted at."""
    from cloudgen.report import Report  # noqa: PLC0415
    from cloudgen.vault.addresses import elsewhere, outside  # noqa: PLC0415

    if opened.spec is not None:
        told = opened.spec.vault
        places = elsewhere(found.client.address, told.server), outside(found.client.namespace, told.namespace)
        report = Report.of(problem for place in places for problem in place)
        console.report(opened.locate(report), opened.texts)


def session_of(opened: "Opened", environment: Mapping[str, str]) -> Session | None:
    """The same for a spec that was opened. Raises `Refused`."""
    if opened.spec is None:
        return None
    installed()
    from cloudgen.edge.disk import folder_of  # noqa: PLC0415
    from cloudgen.edge.vault.client import Client  # noqa: PLC0415
    from cloudgen.edge.vault.connection import connection  # noqa: PLC0415
    from cloudgen.vault import layout  # noqa: PLC0415

    return Session(layout(opened.spec), Client(connection(opened.spec.vault, folder_of(opened.name), environment)))


def installed(extra: str = "vault", needed: Sequence[str] = ("hvac", "cryptography")) -> None:
    """Raises `Refused` where what an extra brings is missing."""
    from cloudgen.edge.reading import refused  # noqa: PLC0415

    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        remedy = f"pip install 'cloudgen[{extra}]'"
        raise refused(f"{extra.capitalize()} needs {' and '.join(missing)}, not installed here", remedy)


@contextmanager
def told(console: Console) -> Iterator[None]:
    """What is refused is told, and ends what is inside."""
    from cloudgen.report import Refused  # noqa: PLC0415

    try:
        yield
    except Refused as refusal:
        console.report(refusal.report, {})
