"""A spec on the disk: the file with all that it extends, and its attachments; nothing outside of its folder."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from cloudgen.edge.reading import STDIN, read_bytes, read_inside, real, refused
from cloudgen.report import Problem, Refused, Report
from cloudgen.source import Document, combine, parse, readable
from cloudgen.source.document import EXTENDS

STDIN_NAME: Final = "<stdin>"
_MOST_FILES: Final = 64


def read_spec(name: str, texts: dict[str, str] | None = None) -> Document:
    """The document of a spec, over everything that it extends; `-` is standard input.

    Raises `Refused` with located problems. `texts` collects the text of every file that was read, to show lines from,
    also when the spec is refused.
    """
    run = _Run(folder_of(name), {} if texts is None else texts)
    top = run.parsed(read_bytes(name), STDIN_NAME if name == STDIN else name)
    run.follow(top, "" if name == STDIN else name, (name,))
    if run.problems:
        raise Refused(Report(tuple(run.problems)))
    return combine(top, run.bases)


def folder_of(name: str) -> Path:
    """The folder of a spec, its links resolved; the current one for standard input."""
    return real(os.path.dirname(name) if name != STDIN else "") or Path()  # noqa: PTH120 - "" is the current folder


def read_attachments(names: frozenset[str], folder: Path) -> tuple[Mapping[str, str], Mapping[str, Problem]]:
    """The texts of attachments by name, relative to the spec's folder; and what is wrong with the others."""
    texts: dict[str, str] = {}
    faults: dict[str, Problem] = {}
    for name in sorted(names):
        try:
            texts[name] = read_inside(str(folder / name), folder).decode("utf-8")
        except UnicodeDecodeError:
            faults[name] = Problem(f"{name} is no UTF-8 text", remedy="save it as UTF-8")
        except Refused as refusal:
            problem = refusal.report.problems[0]
            faults[name] = replace(problem, message=problem.message.replace(str(folder / name), name))
    return texts, faults


@dataclass(slots=True)
class _Run:
    """One walk through all that a spec extends, depth first; each file comes once, before those that build upon it."""

    folder: Path
    texts: dict[str, str]
    bases: list[Document] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _seen: set[Path | None] = field(default_factory=set)

    def parsed(self, data: bytes, shown: str) -> Document:
        self.texts[shown] = readable(data)
        return parse(data, shown)

    def follow(self, document: Document, name: str, chain: tuple[str, ...]) -> None:
        """Take what a document extends; `chain` names the files that led to it, itself included."""
        listed = document.find((EXTENDS,))
        for index, base in enumerate(document.extends):
            path = (EXTENDS, index) if listed and isinstance(listed.value, list) else (EXTENDS,)
            try:
                self._take(os.path.normpath(os.path.join(os.path.dirname(name), base)), chain)  # noqa: PTH118, PTH120 - as written
            except Refused as refusal:
                found = (document.locate(replace(problem, path=path)) for problem in refusal.report)
                self.problems.extend(found)

    def _take(self, name: str, chain: tuple[str, ...]) -> None:
        """A base and all that it extends. Raises `Refused` for what is wrong with its name, not with its content."""
        path = real(name)
        if path in map(real, chain):
            raise refused(f"extends goes in a circle: {' -> '.join((*chain, name))}", "take one of them away")
        if path in self._seen:
            return
        if len(self._seen) == _MOST_FILES:
            raise refused(f"the spec extends more than {_MOST_FILES} files", "put them together")
        data = read_inside(name, self.folder)
        self._seen.add(path)
        try:
            document = self.parsed(data, name)
        except Refused as refusal:
            self.problems.extend(refusal.report)
            return
        self.follow(document, name, (*chain, name))
        self.bases.append(document)
