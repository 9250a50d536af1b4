"""The user's own commands, run once, when the bootstrap has succeeded at the first boot.

The format runs them, and only then: a bootstrap that succeeds at a later boot is followed by none. What must happen all
the same belongs into a unit.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, RootModel, model_validator

from cloudgen.component import Component
from cloudgen.facts import Facts
from cloudgen.model import Line, SecretName, Settings, fault
from cloudgen.pieces import Command, File, Piece
from cloudgen.report import Path, Problem
from cloudgen.secrets import NAMED, SecretRef
from cloudgen.template import render_own, variables

_AFTER_BOOTSTRAP: Final = 100
_SHELL: Final = ("/bin/bash", "-euo", "pipefail", "-c")
_ONE: Final = "write exactly one of run, shell, template, contentFrom"


def _words(value: Any) -> Any:
    if isinstance(value, str):
        raise fault(
            "run is a list of words, one for each argument", "write [systemctl, restart, agent], or take shell:"
        )
    return value


class OwnCommand(Settings):
    """A command; exactly one of its four forms."""

    run: Annotated[tuple[Line, ...] | None, BeforeValidator(_words)] = None
    """Argument vector, run without a shell."""
    shell: str | None = None
    """Lines for bash, run with -euo pipefail."""
    template: str | None = None
    """A Jinja2 template of such lines; strict and sandboxed."""
    content_from: SecretName | None = None
    """Names the secret that is a whole script; it is written to a file of mode 0700 and run."""

    @model_validator(mode="before")
    @classmethod
    def _has_a_form(cls, data: Any) -> Any:
        if isinstance(data, str):
            raise fault("a command needs its form", "write {shell: ...} for lines of bash, {run: [...]} for a program")
        return data

    def pieces(self, facts: Facts, path: Path, rank: int) -> Iterator[Piece | Problem]:
        """The command, or what is wrong with it."""
        forms = (self.run, self.shell, self.template, self.content_from)
        if sum(form is not None for form in forms) != 1:
            yield Problem("a command needs one form", path, _ONE)
        elif self.run is not None:
            yield Command(argv=self.run, rank=rank, origin=path)
        elif self.content_from:
            script = f"{facts.paths.state}/commands/{self.content_from.secret}"
            yield File(path=script, content=SecretRef(NAMED, "", self.content_from.secret), mode=0o700, origin=path)
            yield Command(argv=(script,), rank=rank, origin=path)
        else:
            lines = self.shell or render_own(self.template or "", variables(facts), (*path, "template"))
            yield lines if isinstance(lines, Problem) else Command(argv=(*_SHELL, lines), rank=rank, origin=path)


class Commands(RootModel[tuple[OwnCommand, ...]], Component):
    """Commands of your own."""

    root: tuple[OwnCommand, ...] = ()

    def pieces(self, facts: Facts) -> Iterator[Piece | Problem]:
        """Each command, in the order of the spec; the first failure ends the list."""
        for index, command in enumerate(self.root):
            yield from command.pieces(facts, ("commands", index), _AFTER_BOOTSTRAP + index)
