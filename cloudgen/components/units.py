"""The user's own systemd units and drop-ins."""

from collections.abc import Iterator

from pydantic import Field, RootModel

from cloudgen.component import Component
from cloudgen.facts import Facts
from cloudgen.model import Line, SecretName, Settings
from cloudgen.pieces import File, Piece, Unit
from cloudgen.report import Path, Problem
from cloudgen.secrets import NAMED, SecretRef
from cloudgen.template import render_own, variables

_KINDS = r"(service|socket|timer|path|mount|automount|target|slice|swap)"


class OwnUnit(Settings):
    """A unit, or drop-ins for one."""

    name: Line = Field(pattern=rf"^[A-Za-z0-9:_.\\@-]+\.{_KINDS}$")
    """Its name, such as backup.timer."""
    content: str | None = None
    """Its text; none to enable a unit that the system brings, or for drop-ins alone."""
    template: str | None = None
    """A Jinja2 template of its text; strict and sandboxed."""
    content_from: SecretName | None = None
    """Names the secret that is its whole text."""
    enabled: bool = True
    """Enable it, and start it at the first boot without waiting for it."""
    drop_ins: dict[Line, str] = Field(default_factory=dict)
    """Drop-ins, by file name."""

    def pieces(self, facts: Facts, path: Path) -> Iterator[Piece | Problem]:
        """The unit and its drop-ins."""
        text: str | Problem = self.content or ""
        if self.template is not None:
            text = render_own(self.template, variables(facts), (*path, "template"))
        if isinstance(text, Problem):
            yield text
            return
        if self.content_from:
            ref = SecretRef(NAMED, "", self.content_from.secret)
            yield File(path=f"{facts.paths.units}/{self.name}", content=ref, mode=0o600, origin=path)
        yield Unit(name=self.name, text=text, enabled=self.enabled, origin=path)
        for name, content in self.drop_ins.items():
            place = f"{facts.paths.units}/{self.name}.d/{name}"
            yield File(path=place, content=content, origin=(*path, "dropIns", name))


class Units(RootModel[tuple[OwnUnit, ...]], Component):
    """Units of your own."""

    root: tuple[OwnUnit, ...] = ()

    def pieces(self, facts: Facts) -> Iterator[Piece | Problem]:
        """Each unit."""
        for index, unit in enumerate(self.root):
            yield from unit.pieces(facts, ("units", index))
