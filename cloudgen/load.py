"""From a document to a spec, or to every problem at once, each at its line."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from cloudgen import shape
from cloudgen.report import Problem, Refused, Report
from cloudgen.rules import judge
from cloudgen.source import Document, Tree, graft
from cloudgen.spec import OVERRIDABLE, Spec

_FILE_KEYS: Final = frozenset({"caCert", "contentFile", "templateFile", "policyFile"})
_FILE_MAPS: Final = frozenset({"trustedCas", "manifestFiles"})
_FREE: Final = frozenset({"config", "extraArgs", "manifests", "networkConfig"})
"""Sections whose keys are not ours."""
_TEXTS: Final = frozenset({"extraArgs", "sysctl"})
"""Sections whose numbers become texts."""


class Loaded(NamedTuple):
    """What came of a document: a spec unless the report holds errors."""

    spec: Spec | None
    report: Report


def attachments(document: Document) -> frozenset[str]:
    """Files that the spec names, relative to it; whoever reads them hands their texts to `load`."""
    return frozenset(_named(document.root))


def _named(tree: Tree) -> Iterator[str]:
    if isinstance(tree.value, list):
        for item in tree.value:
            yield from _named(item)
    elif isinstance(tree.value, dict):
        for key, below in tree.value.items():
            if key in _FILE_KEYS and isinstance(below.value, str):
                yield below.value
            elif key in _FILE_MAPS and isinstance(below.value, dict):
                yield from (leaf.value for leaf in below.value.values() if isinstance(leaf.value, str))
            elif key not in _FREE:
                yield from _named(below)


def load(document: Document, texts: Mapping[str, str] | None = None) -> Spec:
    """The spec of a document. `texts` are its attachments by name. Raises `Refused` with every error, located."""
    spec, report = inspect(document, texts)
    if spec is None:
        raise Refused(report)
    return spec


def inspect(document: Document, texts: Mapping[str, str] | None = None) -> Loaded:
    """As `load`, without raising, and with the warnings too."""
    context = {"attachments": dict(texts or {})}
    found, report = _judged(document, context)
    report += Report.of(_shortened(document.root, within=False))
    for index in _overridden(document):
        own, told = _judged(graft(document, ("masters", index, "overrides")), context)
        report += told
        if found and own:
            found._variants[found.masters[index].name] = own  # noqa: SLF001 - filled here, before anyone sees the spec
    return Loaded(None if report.failed else found, report)


def _overridden(document: Document) -> Iterator[int]:
    """The masters with overrides of their own, as far as these are such that can be laid over the spec."""
    masters = document.find(("masters",))
    for index, _ in enumerate(masters.value if masters and isinstance(masters.value, list) else ()):
        overrides = document.find(("masters", index, "overrides"))
        if overrides and isinstance(overrides.value, dict) and set(overrides.value) <= set(OVERRIDABLE):
            yield index


def _shortened(tree: Tree, *, within: bool) -> Iterator[Problem]:
    """Numbers that stand for a text, and lose a digit on the way: 1.10 is the number 1.1."""
    value = tree.value
    for key, below in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if key not in _FREE - _TEXTS:
            yield from _shortened(below, within=within or key in _TEXTS)
    if within and isinstance(value, float) and str(value) != tree.raw:
        message = f"YAML reads {tree.raw} as the number {value}"
        yield Problem(message, tree.path, f'quote it: "{tree.raw}"', place=tree.place)


def _judged(document: Document, context: Mapping[str, Any]) -> Loaded:
    """One document, as it stands for all machines or for one: the rules ask only what has a sound shape."""
    try:
        spec = Spec.model_validate(document.plain(), context=context, by_alias=True, by_name=False)
    except ValidationError as error:
        found: Iterator[Problem] = shape.problems(error, Spec, document)
        return Loaded(None, document.locate_all(Report.of(found)))
    return Loaded(spec, document.locate_all(Report.of(judge(spec))))
