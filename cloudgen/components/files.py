"""The user's own files: plain, templates, or the text of a named secret."""

from collections.abc import Iterator

from pydantic import RootModel

from cloudgen.component import Component
from cloudgen.facts import Facts
from cloudgen.model import AbsolutePath, AttachmentName, Line, Mode, SecretName, Settings
from cloudgen.pieces import File, Piece
from cloudgen.report import Path, Problem
from cloudgen.secrets import NAMED, SecretRef
from cloudgen.template import render_own, variables

_SOURCES = ("content", "contentFile", "template", "templateFile", "contentFrom")
_ONE_SOURCE = f"write exactly one of {', '.join(_SOURCES)}"


class OwnFile(Settings):
    """A file. Exactly one of the five sources gives its content."""

    path: AbsolutePath
    """Where it is written."""
    content: str | None = None
    """Its text, as it stands."""
    content_file: AttachmentName | None = None
    """Its text from a file, relative to the spec."""
    template: str | None = None
    """A Jinja2 template of its text; strict and sandboxed."""
    template_file: AttachmentName | None = None
    """The same from a file, relative to the spec."""
    content_from: SecretName | None = None
    """Names the secret that is its whole text."""
    mode: Mode | None = None
    """Four octal digits in quotes; "0644" by default, "0600" for a secret."""
    owner: Line = "root"
    """User that owns it."""
    group: Line = "root"
    """Group that owns it."""

    def piece(self, facts: Facts, path: Path) -> Piece | Problem:
        """The file, or what is wrong with its template."""
        content = self._content(facts, path)
        if isinstance(content, Problem):
            return content
        mode = int(self.mode, 8) if self.mode else 0o600 if isinstance(content, SecretRef) else 0o644
        return File(path=self.path, content=content, mode=mode, owner=self.owner, group=self.group, origin=path)

    def _content(self, facts: Facts, path: Path) -> str | SecretRef | Problem:
        sources = [self.content, self.content_file, self.template, self.template_file, self.content_from]
        if sum(source is not None for source in sources) != 1:
            return Problem("a file needs one source of its content", path, _ONE_SOURCE)
        if self.content_from:
            return SecretRef(NAMED, "", self.content_from.secret)
        if self.template_file:
            return render_own(self.template_file.text, variables(facts), (*path, "templateFile"))
        if self.template is not None:
            return render_own(self.template, variables(facts), (*path, "template"))
        return self.content_file.text if self.content_file else self.content or ""


class Files(RootModel[tuple[OwnFile, ...]], Component):
    """Files of your own."""

    root: tuple[OwnFile, ...] = ()

    def pieces(self, facts: Facts) -> Iterator[Piece | Problem]:
        """Each file."""
        for index, file in enumerate(self.root):
            yield file.piece(facts, ("files", index))
