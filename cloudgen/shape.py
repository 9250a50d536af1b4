"""pydantic's errors in the user's words: what is wrong at which key, and what to write instead."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any, Final, get_args

from pydantic import BaseModel, RootModel, ValidationError

from cloudgen.report import Path, Problem
from cloudgen.source import Document

_MOST_SHOWN: Final = 12
_IN_KEY: Final = "[key]"
"""How pydantic says that a key, not its value, is at fault."""
_WRITE_A: Final = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list, its items after dashes",
    "list_type": "a list, its items after dashes",
    "dict_type": "a mapping, keys and values",
    "model_type": "a mapping, keys and values",
    "model_attributes_type": "a mapping, keys and values",
}
_KINDS: Final = {str: "a text", bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "a map"}
_IMPOSSIBLE: Final = {
    "literal_error": "write one of: {expected}",
    "string_pattern_mismatch": "it must match {pattern}",
    "greater_than_equal": "write {ge} or more",
    "less_than_equal": "write {le} or less",
    "too_short": "write at least {min_length}",
}
"""Remedies for values of the right kind that are not possible, over pydantic's own context."""


def problems(error: ValidationError, model: type[BaseModel], document: Document) -> Iterator[Problem]:
    """Every fault of a validation, in the order of the model's fields."""
    for detail in error.errors(include_url=False):
        yield _problem(detail, model, document)


def _problem(detail: Any, model: type[BaseModel], document: Document) -> Problem:
    kind, context = detail["type"], detail.get("ctx") or {}
    path: Path = tuple(step for step in detail["loc"] if step != _IN_KEY)
    if kind == "extra_forbidden":
        return _unknown_key(path, model)
    if kind == "missing":
        return Problem(f"{path[-1]} is missing", path[:-1], f"write {path[-1]}: and its value")
    if kind == "cloudgen":
        return Problem(context["text"], path, context["remedy"], on_key=detail["loc"][-1] == _IN_KEY)
    if kind in _IMPOSSIBLE:
        return Problem(f"{_shown(detail['input'])} is not possible here", path, _IMPOSSIBLE[kind].format(**context))
    return _wrong_kind(kind, detail, path, document)


def _wrong_kind(kind: str, detail: Any, path: Path, document: Document) -> Problem:
    wanted = _WRITE_A.get(kind)
    if wanted is None:
        return Problem(str(detail["msg"]), path, "see the description in the schema")
    value = detail["input"]
    found = _KINDS.get(type(value), "something else")
    message = f"{found} stands where {wanted} is meant"
    if kind == "string_type" and isinstance(value, int | float):
        tree = document.find(path)
        raw = tree.raw if tree else value
        return Problem(message, path, f'quote it: "{raw}"')
    return Problem(message, path, f"write {wanted}")


def _unknown_key(path: Path, model: type[BaseModel]) -> Problem:
    key = str(path[-1])
    names = _keys_at(path[:-1], model)
    close = get_close_matches(key, names, 1) or [n for n in names if n.lower() == key.replace("_", "").lower()]
    remedy = f"did you mean {close[0]}?" if close else ""
    if not remedy and names:
        remedy = "possible are " + ", ".join(names[:_MOST_SHOWN]) + (" ..." if len(names) > _MOST_SHOWN else "")
    return Problem(f"there is no key {key} here", path, remedy, on_key=True)


def _keys_at(path: Path, model: type[BaseModel]) -> Sequence[str]:
    """The keys that a mapping at a path may have."""
    found: type[BaseModel] | None = model
    for step in path:
        if found is None:
            return ()
        if isinstance(step, str):
            field = next((f for n, f in found.model_fields.items() if step in {n, f.alias}), None)
            found = _model_in(field.annotation) if field else found
    return [field.alias or name for name, field in found.model_fields.items()] if found else ()


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model inside of an annotation such as `tuple[Master, ...]` or `Oidc | None`."""
    if isinstance(annotation, type) and issubclass(annotation, RootModel):
        return _model_in(annotation.model_fields["root"].annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for m in map(_model_in, get_args(annotation)) if m), None)


def _shown(value: Any) -> str:
    return f"'{str(value)[:60]}'"
