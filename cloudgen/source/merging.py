"""Documents on top of documents: what `extends` and a machine's `overrides` mean.

Maps merge deeply, lists replace, and null is kept: it replaces what it covers, and later means "back to the default".
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from cloudgen.report import Path
from cloudgen.source.document import EXTENDS, Document
from cloudgen.source.tree import Tree


def combine(document: Document, bases: Sequence[Document]) -> Document:
    """A document over the bases that it extends, of which later ones win; `extends` itself is gone."""
    layers = [*bases, document]
    root = reduce(_over, (_without_extends(layer.root) for layer in layers))
    return Document(root, {name: text for layer in layers for name, text in layer.texts.items()})


def graft(document: Document, at: Path) -> Document:
    """A document with the mapping that stands at `at` laid over its root; the same document if none stands there."""
    branch = document.find(at)
    if branch is None or not isinstance(branch.value, dict):
        return document
    root = document.root
    return replace(document, root=replace(root, value=_over(root, branch).value))


def _over(under: Tree, over: Tree) -> Tree:
    if not isinstance(under.value, dict) or not isinstance(over.value, dict):
        return over
    merged = dict(under.value)
    for key, tree in over.value.items():
        merged[key] = _over(merged[key], tree) if key in merged else tree
    return replace(over, value=merged)


def _without_extends(root: Tree) -> Tree:
    if not isinstance(root.value, dict):
        return root
    return replace(root, value={key: tree for key, tree in root.value.items() if key != EXTENDS})
