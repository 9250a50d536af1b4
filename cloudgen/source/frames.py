"""The open collections while a document is read: what the next value is called, and what closing one yields."""

from typing import Final

from cloudgen.report import Path, Place
from cloudgen.source.spans import Mark
from cloudgen.source.tree import Tree, moved

MERGE: Final = "<<"
"""The key that lays other mappings under the one it stands in."""


class Frame:
    """A collection that is not closed yet. This plainest one is the document itself: it holds one root."""

    wants_key = False
    merging = False

    def __init__(self, path: Path = (), key: Place | None = None) -> None:
        self.path = path
        self.key = key
        self.start: Mark | None = None
        self.anchor: str | None = None
        self.first = 0
        """How many nodes there were before it."""
        self.height = 0
        """How many levels there are below it."""
        self.root: Tree | None = None

    def slot(self) -> tuple[Path, Place | None]:
        """The path and the key of the value that comes next."""
        return self.path, None

    def put(self, tree: Tree) -> None:
        """The value that came."""
        self.root = tree

    def closed(self, place: Place) -> Tree:
        """The finished collection."""
        return self.root or Tree(None, place)


class ListFrame(Frame):
    """An open list."""

    def __init__(self, path: Path, key: Place | None) -> None:
        super().__init__(path, key)
        self._items: list[Tree] = []

    def slot(self) -> tuple[Path, Place | None]:
        """The next index."""
        return (*self.path, len(self._items)), None

    def put(self, tree: Tree) -> None:
        """One more item."""
        self._items.append(tree)

    def closed(self, place: Place) -> Tree:
        """The finished list."""
        return Tree(self._items, place, self.key, self.path)


class MapFrame(Frame):
    """An open mapping: waits for a key, then for its value."""

    def __init__(self, path: Path, key: Place | None) -> None:
        super().__init__(path, key)
        self.wants_key = True
        self.seen: dict[str, Place] = {}
        """The keys so far, also those that are at fault."""
        self._entries: dict[str, Tree] = {}
        self._merged: list[Tree] = []
        self._step = ""
        self._step_key: Place | None = None

    def begin(self, step: str, key: Place, *, merging: bool = False) -> None:
        """A key came; its value is next."""
        self.wants_key = False
        self.merging = merging
        self.seen[step] = key
        self._step, self._step_key = step, key

    def slot(self) -> tuple[Path, Place | None]:
        """The value of the key that came last."""
        return (self.path, None) if self.wants_key else ((*self.path, self._step), self._step_key)

    def put(self, tree: Tree) -> None:
        """The value of that key."""
        if self.merging:
            self._merged += tree.value if isinstance(tree.value, list) else [tree]
        else:
            self._entries[self._step] = tree
        self.wants_key = True

    def closed(self, place: Place) -> Tree:
        """The finished mapping: its own entries over what it merges, of which earlier ones win."""
        entries: dict[str, Tree] = {}
        for source in reversed(self._merged):
            if isinstance(source.value, dict):
                entries |= {key: moved(tree, (*self.path, key)) for key, tree in source.value.items()}
        return Tree(entries | self._entries, place, self.key, self.path)
