"""YAML as a strict reader takes it: two equal keys are a fault, as in Kubernetes' own strict decoding."""

from collections.abc import Hashable
from typing import Any

import yaml
from yaml import YAMLError

__all__ = ["YAMLError", "documents", "load"]


class _Strict(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's own signature
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"duplicate key {key!r}", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def load(text: str) -> Any:
    """The only document of a text."""
    return yaml.load(text, Loader=_Strict)  # noqa: S506 - a SafeLoader that is stricter still


def documents(text: str) -> list[Any]:
    """All documents of a text."""
    return list(yaml.load_all(text, Loader=_Strict))
