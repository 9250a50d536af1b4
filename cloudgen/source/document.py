"""A document that was read: its tree, the texts it came from, and the places of problems found later."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from cloudgen.report import Path, Place, Problem, Report
from cloudgen.source.tree import Tree, deepest

EXTENDS: Final = "extends"
"""The top-level key that names the files a document builds upon."""


@dataclass(frozen=True, slots=True)
class Document:
    """What `parse` gives, and what `combine` and `graft` make of several."""

    root: Tree
    texts: Mapping[str, str]
    """The text of each file, by its name, to show lines from."""

    @property
    def extends(self) -> tuple[str, ...]:
        """The files it builds upon, in order; the last one wins."""
        return tuple(tree.raw for tree in _bases(self.root))

    def find(self, path: Path) -> Tree | None:
        """The tree at a path, if there is one."""
        found, missing = deepest(self.root, path)
        return None if missing else found

    def plain(self) -> Any:
        """The document as ordinary dicts, lists and scalars."""
        return self.root.plain()

    def locate(self, problem: Problem) -> Problem:
        """The same problem with its place, and with the path that the user wrote; a located one is left alone."""
        if problem.place is not None:
            return problem
        found, missing = deepest(self.root, problem.path)
        place = _key_of(found) if missing else _mark_of(found, on_key=problem.on_key)
        return replace(problem, path=(*found.path, *missing), place=place)

    def locate_all(self, report: Report) -> Report:
        """A report of which every problem has its place."""
        return Report.of(map(self.locate, report))


def extends_problems(root: Tree) -> Iterator[Problem]:
    """What is wrong with the shape of `extends`."""
    for tree in _bases(root):
        if not isinstance(tree.value, str) or not tree.value.strip():
            yield Problem(
                "extends takes the name of a file, or a list of such names",
                tree.path,
                "write extends: [base.yaml]",
                place=tree.place,
            )


def _bases(root: Tree) -> list[Tree]:
    named = root.child(EXTENDS)
    if named is None or named.value is None:
        return []
    return named.value if isinstance(named.value, list) else [named]


def _mark_of(tree: Tree, *, on_key: bool) -> Place:
    return tree.key if on_key and tree.key is not None else tree.place


def _key_of(tree: Tree) -> Place:
    """Where to say that something is missing: at the key of the mapping or list that lacks it."""
    return _mark_of(tree, on_key=isinstance(tree.value, dict | list))
