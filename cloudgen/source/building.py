"""Building the tree: parser events in, one tree out, with every limit checked before the memory is spent.

Aliases are expanded as they come: each use is a copy with a path of its own, and counts as often as it is used.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import yaml

from cloudgen.report import Path, Place, Problem
from cloudgen.source.frames import MERGE, Frame, ListFrame, MapFrame
from cloudgen.source.hiding import is_secret_name
from cloudgen.source.scalars import SCALAR_TAGS, TAG, Trap, resolve, resolve_tagged
from cloudgen.source.spans import Event, Spans
from cloudgen.source.tree import Scalar, Tree, moved
from cloudgen.source.wording import LESS_DEEP, MOST_DEPTH, TOO_DEEP

MOST_NODES: Final = 100_000
MOST_TOLD: Final = 100

_LONGEST_SHOWN: Final = 60

_TAG_REMEDY: Final = "take it away; only !!str, !!int, !!float, !!bool, !!null, !!map and !!seq are known"


class _Named(NamedTuple):
    """What an anchor names, and what each use of it costs."""

    tree: Tree
    size: int
    height: int


class Builder:
    """Takes events one by one until it is `done`."""

    def __init__(self, name: str, text: str) -> None:
        self.problems: list[Problem] = []
        self.done = False
        self._spans = Spans(name, text)
        self._document = Frame()
        self._stack: list[Frame] = [self._document]
        self._anchors: dict[str, _Named | None] = {}
        self._nodes = 0
        self._takers: dict[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._open_map,
            yaml.SequenceStartEvent: self._open_list,
            yaml.MappingEndEvent: self._close,
            yaml.SequenceEndEvent: self._close,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._begin,
            yaml.StreamEndEvent: self._end,
        }

    @property
    def root(self) -> Tree | None:
        """The finished document; nothing for an empty one."""
        return self._document.root

    def take(self, event: object) -> None:
        """One event; those that carry nothing are passed over."""
        taker = self._takers.get(type(event))
        if taker is not None:
            taker(event)

    def _begin(self, event: Event) -> None:
        if self.root is not None:
            self._stop("a second document begins here", "put it into a file of its own", event)

    def _end(self, _event: Event) -> None:
        self.done = True

    def _tell(self, message: str, path: Path, remedy: str, place: Place, *, on_key: bool = False) -> None:
        self.problems.append(Problem(message, path, remedy, on_key=on_key, place=place))
        self.done = self.done or len(self.problems) >= MOST_TOLD

    def _stop(self, message: str, remedy: str, event: Event) -> None:
        self._tell(message, (), remedy, self._spans.of(event))
        self.done = True

    def _fits(self, event: Event, size: int, height: int) -> bool:
        """Count a value; whether it is still within the limits."""
        self._nodes += size
        if self._nodes > MOST_NODES:
            remedy = "make it smaller, or use fewer aliases"
            self._stop(f"the document has more than {MOST_NODES} values, aliases expanded", remedy, event)
        elif len(self._stack) - 1 + height > MOST_DEPTH:
            self._stop(TOO_DEEP, LESS_DEEP, event)
        return not self.done

    def _open_map(self, event: Event) -> None:
        self._open(event, MapFrame, f"{TAG}map")

    def _open_list(self, event: Event) -> None:
        self._open(event, ListFrame, f"{TAG}seq")

    def _open(self, event: Event, kind: type[MapFrame | ListFrame], tag: str) -> None:
        if not self._fits(event, 1, 1):
            return
        path, key = self._stack[-1].slot()
        if event.tag not in {None, tag}:
            self._tell(f"the tag {_shown(event.tag)} cannot be used here", path, _TAG_REMEDY, self._spans.of(event))
        frame = kind(path, key)
        frame.start, frame.anchor, frame.first = event.start_mark, event.anchor, self._nodes - 1
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._stack.append(frame)

    def _close(self, event: Event) -> None:
        frame = self._stack.pop()
        tree = frame.closed(self._spans.between(frame.start or event.start_mark, event.end_mark))
        height = frame.height + 1
        self._name(frame.anchor, _Named(tree, self._nodes - frame.first, height))
        self._add(tree, height)

    def _name(self, anchor: str | None, named: _Named) -> None:
        if anchor is not None:
            self._anchors[anchor] = named

    def _scalar(self, event: Event) -> None:
        if not self._fits(event, 1, 0):
            return
        frame = self._stack[-1]
        path, key = frame.slot()
        place = self._spans.of(event)
        if key is not None and event.start_mark.index == event.end_mark.index:
            place = key
        at = (*path, event.value) if frame.wants_key else path
        tree = Tree(self._value(event, at, place, on_key=frame.wants_key), place, key, path, event.value)
        self._name(event.anchor, _Named(tree, 1, 0))
        merges = event.value == MERGE and event.tag is None and event.implicit[0]
        self._add(tree, 0, merges=merges)

    def _value(self, event: Event, path: Path, place: Place, *, on_key: bool) -> Scalar:
        if event.tag is None:
            value = resolve(event.value) if event.implicit[0] else event.value
        elif event.tag in SCALAR_TAGS:
            value = resolve_tagged(event.value, SCALAR_TAGS[event.tag])
        else:
            self._tell(f"the tag {_shown(event.tag)} cannot be used here", path, _TAG_REMEDY, place, on_key=on_key)
            return event.value
        if not isinstance(value, Trap):
            return value
        secret = not on_key and is_secret_name(str(path[-1]) if path else "")
        told = Trap("YAML does not read this as text", "quote it") if secret else value
        self._tell(told.message, path, told.remedy, place, on_key=on_key)
        return event.value

    def _alias(self, event: Event) -> None:
        path, key = self._stack[-1].slot()
        named = self._anchors.get(str(event.anchor))
        if named is None:
            self._nowhere(event, path)
            self._add(Tree(None, self._spans.of(event), key, path), 0)
        elif self._fits(event, named.size, named.height):
            self._add(moved(named.tree, path, key), named.height)

    def _nowhere(self, event: Event, path: Path) -> None:
        place, name = self._spans.of(event), _short(str(event.anchor))
        if event.anchor in self._anchors:
            self._tell(f"the alias *{name} stands inside of what it names", path, "take it away", place)
        else:
            remedy = f"name a value &{name} above it, or quote the text"
            self._tell(f"nothing above is named &{name}", path, remedy, place)

    def _add(self, tree: Tree, height: int, *, merges: bool = False) -> None:
        frame = self._stack[-1]
        frame.height = max(frame.height, height)
        if isinstance(frame, MapFrame) and frame.wants_key:
            self._key(frame, tree, merges=merges)
            return
        if frame.merging and not _mergeable(tree):
            self._tell("<< takes a mapping or a list of mappings", frame.path, "name one, such as *base", tree.place)
        frame.put(tree)

    def _key(self, frame: MapFrame, tree: Tree, *, merges: bool) -> None:
        key = tree.value if isinstance(tree.value, str) else tree.raw
        path, place = (*frame.path, key), tree.place
        if not isinstance(tree.value, str):
            remedy = f'quote it ("{_short(key)}")' if key else "write a text before the colon"
            self._tell(f"a key must be a text, not {_kind(tree)}", path, remedy, place, on_key=True)
        elif key in frame.seen:
            message = f"the key {_short(key)} stands twice, already in line {frame.seen[key].line}"
            self._tell(message, path, "keep one of the two", place, on_key=True)
        frame.begin(key, place, merging=merges)


def _mergeable(tree: Tree) -> bool:
    sources = tree.value if isinstance(tree.value, list) else [tree]
    return all(isinstance(source.value, dict) for source in sources)


def _kind(tree: Tree) -> str:
    if isinstance(tree.value, dict | list):
        return "a mapping" if isinstance(tree.value, dict) else "a list"
    if tree.value is None:
        return "null"
    return f"the boolean {tree.raw}" if isinstance(tree.value, bool) else f"the number {_short(tree.raw)}"


def _shown(tag: str) -> str:
    return _short(tag.replace(TAG, "!!") if tag.startswith(TAG) else tag)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
