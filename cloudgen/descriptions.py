"""Descriptions of settings, read from the docstrings below their fields.

pydantic can do this itself (`use_attribute_docstrings`), but at every start and for every class: it would take a third
of the time of a render. Only the schema needs them.
"""

import ast
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from pydantic import BaseModel

from cloudgen import resources


def descriptions(model: type[BaseModel]) -> dict[str, str]:
    """The descriptions of a model's fields by name, inherited ones too; without line breaks."""
    found: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        if kind.__module__.startswith("cloudgen."):
            found |= dict(_documented(kind.__module__, kind.__name__))
    return found


def _documented(module: str, name: str) -> Iterator[tuple[str, str]]:
    for node in _classes(module):
        if node.name == name:
            for field, text in pairwise(node.body):
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    yield from _told(field.target.id, text)


def _told(field: str, text: ast.stmt) -> Iterator[tuple[str, str]]:
    if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str):
        yield field, " ".join(text.value.value.split())


@cache
def _classes(module: str) -> tuple[ast.ClassDef, ...]:
    path = module.removeprefix("cloudgen.").replace(".", "/")
    tree = ast.parse(resources.text(f"{path}.py"))
    return tuple(node for node in tree.body if isinstance(node, ast.ClassDef))
