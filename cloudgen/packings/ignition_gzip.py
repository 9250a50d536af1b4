"""A small Ignition config that is replaced by a large one: the large one travels as gzip in a data URL.

Ignition inflates user-data on no usual platform, but it does so for resources that its config names, and one of them
may be the config that takes this one's place (Ignition specification v3.1.0 and newer, `ignition.config.replace` and
its `compression`).
"""

import base64
import json
from typing import Any, Final

from cloudgen import gz
from cloudgen.report import Problem, Refused, Report

_HEAD: Final = '{"ignition":{"config":{"replace":{"compression":"gzip","source":"data:;base64,'
_NO_VERSION: Final = "3.3.0"
"""Of a text that says none: then it is no config, and Ignition refuses what it finds inside."""


class IgnitionGzip:
    """Ignition's `config.replace` with a gzip data URL; of the same specification version as what it holds."""

    name = "ignition-gzip"
    formats: tuple[str, ...] = ("ignition",)
    opened_by = "Ignition alone reads it"
    growth = 4 / 3
    compressed = True

    def pack(self, text: str, *, hard: bool = False) -> bytes:
        """The same text gives the same bytes, on every machine with the same zlib."""
        source = f"data:;base64,{base64.b64encode(gz.squeeze(text.encode(), hard=hard)).decode()}"
        replace = {"compression": "gzip", "source": source}
        wrapper = {"ignition": {"config": {"replace": replace}, "version": _version(text)}}
        return json.dumps(wrapper, separators=(",", ":")).encode()

    def recognises(self, data: bytes) -> bool:
        """Whether these bytes are of our own making; others' wrappers are read by `review.unpack`."""
        return data.startswith(_HEAD.encode())

    def unpack(self, data: bytes) -> bytes:
        """What was packed. Raises `Refused` when anything of it is missing or changed."""
        try:
            replace = json.loads(data)["ignition"]["config"]["replace"]
            head, _, squeezed = replace["source"].partition(",")
            known = head == "data:;base64" and replace["compression"] == "gzip"
            inner = base64.b64decode(squeezed if known else "?", validate=True)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            message = "the Ignition layer of the user-data is damaged"
            raise Refused(Report((Problem(message, remedy="copy it again, byte for byte"),))) from None
        return gz.inflate(inner)


def _version(text: str) -> str:
    try:
        config: Any = json.loads(text)
        version = config["ignition"]["version"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return _NO_VERSION
    return version if isinstance(version, str) else _NO_VERSION
