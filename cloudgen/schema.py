"""The JSON Schema of a spec, for editors and for other tools; made of the settings' own types and docstrings."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from cloudgen.descriptions import descriptions
from cloudgen.dump import to_json
from cloudgen.encoders import ENCODERS
from cloudgen.model import Settings
from cloudgen.packings import PACKINGS
from cloudgen.providers import PROVIDERS
from cloudgen.source.document import EXTENDS
from cloudgen.spec import FORMAT_VERSIONS, MOST_MASTERS, OVERRIDABLE, Spec

SCHEMA_ID: Final = "urn:cloudgen:cluster:v1alpha1"

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_EXTENDS: Final = {
    "description": "Files that this one builds upon, relative to it: maps merge, lists replace, the last one wins.",
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
}
_COUNT: Final = {
    "type": "object",
    "properties": {
        "count": {
            "description": "How many masters: they are named master-0, master-1 and so on.",
            "type": "integer",
            "enum": [*range(1, MOST_MASTERS + 1, 2)],
        }
    },
    "required": ["count"],
    "additionalProperties": False,
}


def schema_text() -> str:
    """The schema as the file `schemas/cluster.schema.json` holds it."""
    return to_json(json_schema())


def json_schema() -> dict[str, Any]:
    """The schema of a whole spec, in draft 2020-12."""
    schema = Spec.model_json_schema(by_alias=True)
    definitions, properties = schema.pop("$defs"), schema["properties"]
    for kind in _settings(Settings):
        _describe(kind, schema if kind is Spec else definitions.get(kind.__name__, {}))
    _list_names(properties)
    masters = properties["masters"]
    masters["anyOf"] = [_COUNT, *(shape for shape in masters["anyOf"] if shape["type"] == "array")]
    definitions["Master"]["properties"]["overrides"] |= {
        "properties": {key: {"$ref": properties[key]["$ref"]} for key in OVERRIDABLE},
        "additionalProperties": False,
    }
    properties[EXTENDS] = dict(_EXTENDS)
    for model in _models((schema, definitions)):
        _finish(model, definitions)
    # What a spec lacks may stand in a file that it extends.
    schema |= {"if": {"required": [EXTENDS]}, "else": {"required": schema.pop("required")}}
    head = {"$schema": _DIALECT, "$id": SCHEMA_ID, "title": "cloudgen cluster", "description": schema["description"]}
    return head | schema | {"title": head["title"], "$defs": definitions}


def _settings(base: type[Settings]) -> Iterator[type[Settings]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _settings(kind)


def _describe(kind: type[Settings], model: dict[str, Any]) -> None:
    """Put the field's docstring at each key."""
    told = descriptions(kind)
    for name, field in kind.model_fields.items():
        key = field.alias or name
        if name in told and key in model.get("properties", {}):
            model["properties"][key] = {"description": told[name], **model["properties"][key]}


def _list_names(properties: dict[str, Any]) -> None:
    """The names that a table knows, where the types only say that it is a text."""
    tables: tuple[tuple[str, Iterable[str]], ...] = (
        ("provider", PROVIDERS),
        ("format", ENCODERS),
        ("formatVersion", FORMAT_VERSIONS),
        ("packing", PACKINGS),
    )
    for key, names in tables:
        properties[key].pop("anyOf", None)
        properties[key] |= {"type": "string", "enum": [*names]}


def _models(node: Any) -> Iterator[dict[str, Any]]:
    """Every object with properties, wherever it stands."""
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict):
            yield node
        node = node.values()
    elif not isinstance(node, list | tuple):
        return
    for below in [*node]:
        yield from _models(below)


def _finish(model: dict[str, Any], definitions: dict[str, Any]) -> None:
    """What an editor needs at each key: a description, null where the default may be asked for, no made-up title."""
    for key, told in model["properties"].items():
        told.pop("title", None)
        if "description" not in told and "$ref" in told:
            told["description"] = definitions[told["$ref"].rpartition("/")[2]]["description"]
        if key not in model.get("required", ()):
            model["properties"][key] = _or_null(told)


def _or_null(told: dict[str, Any]) -> dict[str, Any]:
    if {"type": "null"} in told.get("anyOf", ()) or not {"type", "$ref", "anyOf"} & set(told):
        return told
    if "anyOf" in told:
        return {**told, "anyOf": [*told["anyOf"], {"type": "null"}]}
    aside = ("description", "default")
    told_aside = {key: told[key] for key in aside if key in told}
    shape = {key: value for key, value in told.items() if key not in aside}
    return {**told_aside, "anyOf": [shape, {"type": "null"}]}
