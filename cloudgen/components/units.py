"""The user's own systemd units and drop-ins."""

import re
from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import AfterValidator, Field, RootModel

from cloudgen.component import Component
from cloudgen.facts import Facts
from cloudgen.model import Line, SecretName, Settings, matching
from cloudgen.pieces import INSTALL, LATER_BOOTS, File, Piece, Unit
from cloudgen.report import Path, Problem, warning
from cloudgen.secrets import NAMED, SecretRef
from cloudgen.template import render_own, variables

_NAME: Final = r"^[A-Za-z0-9:_.\\@-]+\.(service|socket|timer|path|mount|automount|target|slice|swap)$"
_DROP_IN: Final = r"^[A-Za-z0-9_@-][A-Za-z0-9_.@-]*\.conf$"
_ONE: Final = "write only one of content, template, contentFrom"
_name = matching(re.compile(_NAME), "the name of a unit", "write it with its kind, like backup.timer or backup.service")
_drop_in = matching(re.compile(_DROP_IN), "the name of a drop-in", "write it like 10-limits.conf")


class OwnUnit(Settings):
    """A unit, or drop-ins for one."""

    name: Annotated[Line, AfterValidator(_name), Field(json_schema_extra={"pattern": _NAME})]
    """Its name, such as backup.timer."""
    content: str | None = None
    """Its text; none to enable a unit that the system brings, or for drop-ins alone."""
    template: str | None = None
    """A Jinja2 template of its text; strict and sandboxed."""
    content_from: SecretName | None = None
    """Names the secret that is its whole text."""
    enabled: bool = True
    """Enable it, and start it at the first boot without waiting for it."""
    after_bootstrap: bool = False
    """Start it only when the bootstrap has installed the binaries, in place of at once."""
    drop_ins: dict[Annotated[Line, AfterValidator(_drop_in)], str] = Field(default_factory=dict)
    """Drop-ins, by file name."""

    def pieces(self, facts: Facts, path: Path) -> Iterator[Piece | Problem]:
        """The unit and its drop-ins."""
        if sum(source is not None for source in (self.content, self.template, self.content_from)) > 1:
            yield Problem("a unit needs one source of its text", path, _ONE)
            return
        text: str | Problem = self.content or ""
        if self.template is not None:
            text = render_own(self.template, variables(facts), (*path, "template"))
        if isinstance(text, Problem):
            yield text
            return
        if self.content_from:
            ref = SecretRef(NAMED, "", self.content_from.secret)
            yield File(path=f"{facts.paths.units}/{self.name}", content=ref, mode=0o600, origin=path)
        if self.enabled and "@." in self.name:
            message = f"{self.name} is a template for units: systemd starts none of this name"
            yield Problem(
                message, (*path, "name"), "write enabled: false here, and add units named after its instances"
            )
            return
        early, late = self.enabled and not self.after_bootstrap, self.enabled and self.after_bootstrap
        if late and text and "[Install]" not in text:
            yield warning(f"{self.name} has no [Install] section: {LATER_BOOTS}", path, INSTALL)
        yield Unit(name=self.name, text=text, enabled=early, after_bootstrap=late, origin=path)
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
