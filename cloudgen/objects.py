"""Files of Kubernetes objects that the user brings: looked into before a machine's API server stumbles over them."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator

from cloudgen.model import Attachment, AttachmentName, fault
from cloudgen.source import LESS_DEEP, MOST_DEPTH, TOO_DEEP, syntax_problem


def _objects(value: Attachment) -> Attachment:
    """Each document is an object, and there is one; all that an API server asks of its fields is not known here."""
    found = _documents(value)
    for number, document in enumerate(found, 1):
        if not isinstance(document, Mapping) or not all(_text(document, key) for key in ("apiVersion", "kind")):
            which = f"document {number} of {value.name}" if len(found) > 1 else value.name
            raise fault(f"{which} is no Kubernetes object", "write apiVersion: and kind: in it")
    return value


def _policy(value: Attachment) -> Attachment:
    documents = _documents(value)
    heads = [(_text(d, "apiVersion").partition("/")[0], _text(d, "kind")) for d in documents if isinstance(d, Mapping)]
    if len(documents) != 1 or heads != [("audit.k8s.io", "Policy")]:
        remedy = "begin it with apiVersion: audit.k8s.io/v1 and kind: Policy"
        raise fault(f"{value.name} is no audit policy: kube-apiserver would not start", remedy)
    return value


def _documents(value: Attachment) -> list[Any]:
    """What is not empty, scalars as texts."""
    with suppress(ValueError, RecursionError):
        return [json.loads(value.text)]  # indented by tabs, it is no YAML
    try:
        if _too_deep(value.text):
            raise fault(f"{value.name}: {TOO_DEEP}", LESS_DEEP)
        found = [document for document in yaml.load_all(value.text, Loader=yaml.CBaseLoader) if document]
    except yaml.MarkedYAMLError as error:
        told = syntax_problem(error, value.text, value.name)
        line = f", line {told.place.line}" if told.place else ""
        raise fault(f"{value.name}{line}: {told.message}", told.remedy) from None
    except yaml.YAMLError:
        raise fault(f"{value.name} cannot be read as YAML", "write it as UTF-8 without control characters") from None
    if not found:
        raise fault(f"{value.name} holds nothing", "write a Kubernetes object, with apiVersion: and kind:")
    return found


def _too_deep(text: str) -> bool:
    """The composer's stack overflows where the parser's does not."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CBaseLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_DEPTH:
            return True
    return False


def _text(document: Mapping[Any, Any], key: str) -> str:
    value = document.get(key)
    return value if isinstance(value, str) else ""


ObjectsFile = Annotated[AttachmentName, AfterValidator(_objects)]
"""A YAML file of objects, one or more documents."""
PolicyFile = Annotated[AttachmentName, AfterValidator(_policy)]
"""A YAML file that holds an audit policy."""
