"""One spec file becomes the user-data of every master of a Kubernetes control plane."""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from cloudgen.generate import Rendered as Rendered
    from cloudgen.generate import build as build
    from cloudgen.generate import needed as needed
    from cloudgen.generate import render as render
    from cloudgen.load import attachments as attachments
    from cloudgen.load import inspect as inspect
    from cloudgen.load import load as load_spec  # noqa: F401 - a public name
    from cloudgen.pieces import Node as Node
    from cloudgen.report import Problem as Problem
    from cloudgen.report import Refused as Refused
    from cloudgen.report import Report as Report
    from cloudgen.report import Severity as Severity
    from cloudgen.review.unpack import Unpacked as Unpacked
    from cloudgen.review.unpack import unpack as unpack
    from cloudgen.schema import json_schema as json_schema
    from cloudgen.secrets import Secret as Secret
    from cloudgen.secrets import SecretRef as SecretRef
    from cloudgen.secrets import Secrets as Secrets
    from cloudgen.seeds import seed as seed
    from cloudgen.source import Document as Document
    from cloudgen.source import combine as combine
    from cloudgen.source import parse as parse
    from cloudgen.spec import Spec as Spec

__version__: Final = "0.1.0"

_HOMES: Final = {
    "generate": ("Rendered", "build", "needed", "render"),
    "load": ("attachments", "inspect"),
    "pieces": ("Node",),
    "report": ("Problem", "Refused", "Report", "Severity"),
    "review.unpack": ("Unpacked", "unpack"),
    "schema": ("json_schema",),
    "secrets": ("Secret", "SecretRef", "Secrets"),
    "seeds": ("seed",),
    "source": ("Document", "combine", "parse"),
    "spec": ("Spec",),
}
"""Where each public name lives. They are imported when first asked for: the command line's help needs none of them."""

_FOUND: Final = {name: (home, name) for home, names in _HOMES.items() for name in names} | {
    # A public name may not be that of a module: importing the module would put it into the name's place.
    "load_spec": ("load", "load"),
}


def __getattr__(name: str) -> Any:
    if name not in _FOUND:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    # Imported only here, lest it weigh on every start.
    from importlib import import_module  # noqa: PLC0415

    home, own_name = _FOUND[name]
    return getattr(import_module(f"{__name__}.{home}"), own_name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_FOUND})
