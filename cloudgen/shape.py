"""pydantic's errors in the user's words: what is wrong at which key, and what to write instead."""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any, Final, get_args

from pydantic import BaseModel, RootModel, ValidationError

from cloudgen.report import Path, Problem
from cloudgen.source import Document
from cloudgen.source.scalars import resolve

_MOST_SHOWN: Final = 12
_LONGEST_SHOWN: Final = 60
_IN_KEY: Final = "[key]"
"""How pydantic says that a key, not its value, is at fault."""
_TEXT, _WHOLE, _SWITCH, _LIST, _MAP = "a text", "a whole number", "true or false", "a list", "a mapping"
_WANTED: Final = {
    "string_type": _TEXT,
    "string_unicode": _TEXT,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "bool_type": _SWITCH,
    "bool_parsing": _SWITCH,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "dict_type": _MAP,
    "mapping_type": _MAP,
    "model_type": _MAP,
    "model_attributes_type": _MAP,
}
_WRITE: Final = {
    _TEXT: "write one text",
    _WHOLE: "write a whole number",
    _SWITCH: "write true or false",
    _LIST: "write a list: each item on a line of its own after a dash, or [one, two]",
    _MAP: "write keys and values: each pair on a line of its own, or {key: value}",
}
_KINDS: Final = {str: _TEXT, bool: "a boolean", int: "a number", float: "a number", list: _LIST, dict: _MAP}
_BOUNDS: Final[dict[str, tuple[str, str]]] = {
    "greater_than_equal": ("too small", "write {ge} or more"),
    "less_than_equal": ("too large", "write {le} or less"),
    "too_short": ("too short", "write {min_length} or more"),
}
"""Values of the right kind that are out of bounds, and remedies over pydantic's own context."""


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
        return _missing(path, model, document)
    if kind == "cloudgen":
        return Problem(context["text"], path, context["remedy"], on_key=detail["loc"][-1] == _IN_KEY)
    if kind in _WANTED:
        return _wrong_kind(_WANTED[kind], detail["input"], path, model, document)
    what, remedy = _BOUNDS.get(kind, ("not possible here", ""))
    if kind == "literal_error":
        remedy = _choice(context["expected"], detail["input"])
    return Problem(f"{_shown(detail['input'])} is {what}", path, remedy.format(**context) or _described(path, model))


def _wrong_kind(wanted: str, value: Any, path: Path, model: type[BaseModel], document: Document) -> Problem:
    message = f"{_KINDS.get(type(value), 'nothing')} stands where {wanted} is meant"
    tree = document.find(path)
    raw = tree.raw if tree else ""
    remedy = _WRITE[wanted]
    if value is None:
        remedy = f"{remedy}, or take the line away"
    elif wanted == _TEXT and isinstance(value, int | float):
        remedy = f'quote it: "{raw or value}"'
    elif wanted == _WHOLE and isinstance(value, str) and value.isdecimal():
        remedy = f"take the quotes away: {raw or value}"
    elif wanted == _LIST and 0 < len(raw) <= _LONGEST_SHOWN:
        remedy = f"write a list, even of one: [{raw}]"
    elif wanted == _MAP and raw and len(keys := _keys_at(path, model)) == 1:
        remedy = f"write {{{keys[0]}: {raw[:_LONGEST_SHOWN]}}}"
    return Problem(message, path, remedy)


def _missing(path: Path, model: type[BaseModel], document: Document) -> Problem:
    tree, told = document.find(path), _described(path, model)
    if tree is not None:
        return Problem(f"{path[-1]} has no value", path, told)
    return Problem(f"{path[-1]} is missing", path[:-1], f"add {told.removeprefix('write ')}")


def _described(path: Path, model: type[BaseModel]) -> str:
    """What a key is for: the first sentence of its description."""
    at = max((index for index, step in enumerate(path) if isinstance(step, str)), default=0)
    key, within = "".join(map(str, path[at : at + 1])), _model_at(path[:at], model)
    field = next((f for n, f in within.model_fields.items() if key in {n, f.alias}), None) if within else None
    sentence = re.split(r"\.(?:\s|$)", (field and field.description) or "", maxsplit=1)[0]
    words = sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() else sentence
    return f"write {key}: ... ({words})" if words else f"write {key}: and its value"


def _choice(expected: str, value: Any) -> str:
    """The possible words, the likeliest one first; in quotes where YAML would read another value."""
    words = re.findall(r"'([^']*)'", expected)
    close = get_close_matches(value, words, 1) if isinstance(value, str) else []
    if close:
        return f"did you mean {_as_yaml(close[0])}?"
    return f"write {' or '.join(map(_as_yaml, words))}"


def _as_yaml(word: str) -> str:
    return word if resolve(word) == word else f'"{word}"'


def _unknown_key(path: Path, model: type[BaseModel]) -> Problem:
    key, names = str(path[-1]), _keys_at(path[:-1], model)
    close = _same(key, names) or get_close_matches(key, names, 1)
    elsewhere = [] if close else _sections_with(key, path, model)
    if close:
        remedy = f"did you mean {close[0]}?"
    elif elsewhere:
        remedy = f"it belongs {' or '.join(elsewhere)}"
    else:
        remedy = "possible are " + ", ".join(names[:_MOST_SHOWN]) + (" and others" if len(names) > _MOST_SHOWN else "")
    return Problem(f"there is no key {key[:_LONGEST_SHOWN]} here", path, remedy, on_key=True)


def _same(key: str, names: Sequence[str]) -> list[str]:
    """The key in another spelling, or as kubeadm calls it: its apiServer is kubeApiserver here."""
    plain = key.replace("_", "").lower()
    return [name for name in names if name.lower() in {plain, f"kube{plain}"}]


def _sections_with(key: str, path: Path, model: type[BaseModel]) -> list[str]:
    """Where else the key would be right: a line that is indented wrongly ends up at a neighbour."""
    at_the_top = ["at the top"] if len(path) > 1 and key in _keys_at((), model) else []
    sections = [name for name in _keys_at((), model) if (name,) != path[:-1] and key in _keys_at((name,), model)]
    return at_the_top or [f"under {name}:" for name in sections[:_MOST_SHOWN]]


def _keys_at(path: Path, model: type[BaseModel]) -> Sequence[str]:
    """The keys that a mapping at a path may have."""
    found = _model_at(path, model)
    return [field.alias or name for name, field in found.model_fields.items()] if found else ()


def _model_at(path: Path, model: type[BaseModel]) -> type[BaseModel] | None:
    found: type[BaseModel] | None = model
    for step in path:
        if found is not None and isinstance(step, str):
            field = next((f for n, f in found.model_fields.items() if step in {n, f.alias}), None)
            found = _model_in(field.annotation) if field else found
    return found


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model inside of an annotation such as `tuple[Master, ...]` or `Oidc | None`."""
    if isinstance(annotation, type) and issubclass(annotation, RootModel):
        return _model_in(annotation.model_fields["root"].annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for m in map(_model_in, get_args(annotation)) if m), None)


def _shown(value: Any) -> str:
    """A value as its author knows it."""
    if isinstance(value, str):
        return f"'{value[:_LONGEST_SHOWN]}'"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return _KINDS.get(type(value), "nothing").replace("a ", "this ")
