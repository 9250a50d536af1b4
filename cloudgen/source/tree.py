"""The tree of a document: plain data in which each value keeps its place in the file it came from."""

from dataclasses import dataclass
from typing import Any

from cloudgen.report import Path, Place

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Tree:
    """One value of a document, with everything below it."""

    value: "Scalar | dict[str, Tree] | list[Tree]"
    place: Place
    """Where the value stands; an empty one stands where its key does."""
    key: Place | None = None
    """Where its key stands, for a value of a mapping."""
    path: Path = ()
    """The user's own path to it, inside its own file."""
    raw: str = ""
    """A scalar as it was written, before it became a number: `1.30` for the float 1.3."""

    def child(self, step: str | int) -> "Tree | None":
        """The value behind a key or an index, if there is one."""
        value = self.value
        if isinstance(value, dict):
            return value.get(step) if isinstance(step, str) else None
        if isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
            return value[step]
        return None

    def plain(self) -> Any:
        """The same as ordinary dicts, lists and scalars."""
        value = self.value
        if isinstance(value, dict):
            return {key: child.plain() for key, child in value.items()}
        if isinstance(value, list):
            return [child.plain() for child in value]
        return value


def deepest(root: Tree, path: Path) -> tuple[Tree, Path]:
    """The tree at a path, or the last one on the way that exists; and the steps that lead nowhere."""
    found = root
    for depth, step in enumerate(path):
        below = found.child(step)
        if below is None:
            return found, path[depth:]
        found = below
    return found, ()


def moved(tree: Tree, path: Path, key: Place | None = None) -> Tree:
    """A copy that answers to another path; all places stay. Aliases and merge keys need one for each use."""
    value = tree.value
    if isinstance(value, dict):
        value = {name: moved(child, (*path, name)) for name, child in value.items()}
    elif isinstance(value, list):
        value = [moved(child, (*path, index)) for index, child in enumerate(value)]
    return Tree(value, tree.place, key or tree.key, path, tree.raw)
