"""An Ignition config that names other configs: one that takes its place, or some that are merged into it.

(Ignition specification, `ignition.config`; coreos/ignition, internal/exec/engine.go, renderConfig: a config that
replaces makes all else void, and of two that are merged the later one wins.)
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from cloudgen import data_url, gz
from cloudgen.report import warning
from cloudgen.review.layer import Inside, Layer, Opening, damaged

_PASSED: Final = "fetch it yourself, and read it by itself"


def _recognises(data: bytes) -> bool:
    return data.lstrip().startswith(b"{") and b'"ignition"' in data and any(_named(_parsed(data)))


def _opened(data: bytes, opening: Opening) -> Iterator[Inside]:
    document = _parsed(data)
    replacing, merged = _named(document)
    if replacing:
        yield from _inside(replacing, opening)
        return
    document["ignition"] = {key: value for key, value in document["ignition"].items() if key != "config"}
    yield Inside(json.dumps(document).encode())
    for resource in merged:
        yield from _inside(resource, opening)


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        # Whoever decodes it will say where it is wrong.
        return {}
    return document if isinstance(document, dict) else {}


def _named(document: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    """The config that replaces, and those that are merged, as far as they say where they are."""
    config = _map(_map(document.get("ignition")).get("config"))
    merged = config.get("merge")
    return _resource(config.get("replace")), [*filter(None, map(_resource, merged if isinstance(merged, list) else ()))]


def _inside(resource: Mapping[str, Any], opening: Opening) -> Iterator[Inside]:
    source, compressed = resource["source"], resource.get("compression") == "gzip"
    if not source.startswith(data_url.SCHEME):
        opening.count()
        told = f"a config is fetched on the machine only, from {source[:80]!r}"
        opening.told.append(warning(told, remedy=_PASSED))
        return
    data = data_url.data_of(source, "config")
    if compressed and not data.startswith(gz.MAGIC):
        raise damaged("a config calls itself gzip but does not begin like it: it is damaged")
    if not compressed and data.startswith(gz.MAGIC):
        message = "a config is gzip and does not say so: Ignition would not inflate it"
        opening.told.append(warning(message, remedy='add "compression": "gzip" to it'))
    yield Inside(data)


def _resource(value: Any) -> Mapping[str, Any]:
    resource = _map(value)
    return resource if isinstance(resource.get("source"), str) and resource["source"] else {}


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


IGNITION: Final = Layer("ignition-config", _recognises, _opened)
