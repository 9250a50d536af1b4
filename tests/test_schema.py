"""The JSON Schema of a spec."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from cloudgen.schema import json_schema, schema_text
from cloudgen.spec import OVERRIDABLE

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
SCHEMA = json_schema()
JUDGE = Draft202012Validator(SCHEMA)
SPEC = """
apiVersion: cloudgen/v1alpha1
clusterName: example
domain: example.org
kubernetesVersion: v1.30.4
masters: {count: 3}
vault: {server: "https://vault.example.org:8200"}
"""


def faults(text: str) -> list[str]:
    return [error.json_path for error in JUDGE.iter_errors(yaml.safe_load(text))]


def properties(node: Any, where: str = "$") -> Iterator[tuple[str, Any]]:
    """Every property of every object, by its path."""
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict):
            yield from ((f"{where}.{key}", told) for key, told in node["properties"].items())
        for key, below in node.items():
            yield from properties(below, f"{where}.{key}")
    elif isinstance(node, list):
        for below in node:
            yield from properties(below, where)


def test_the_file_is_fresh():
    """schemas/cluster.schema.json is what `cloudgen schema` prints: run `cloudgen schema --out` on it."""
    assert (ROOT / "schemas" / "cluster.schema.json").read_text() == schema_text()


def test_it_is_a_schema():
    """Draft 2020-12 itself is content with it."""
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"] == "urn:cloudgen:cluster:v1alpha1"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples_are_valid(path):
    """Editors find no fault in them."""
    assert faults(path.read_text()) == []


def test_every_property_says_what_it_is_for():
    """A description at each key, in overrides too."""
    assert [path for path, told in properties(SCHEMA) if not told.get("description")] == []


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ("kubelt: {}", "$"),
        ("kubelet: {confg: {}}", "$.kubelet"),
        ("provider: azur", "$.provider"),
        ("format: yaml", "$.format"),
        ("packing: zip", "$.packing"),
        ("masters: {count: 2}", "$.masters"),
        ("masters: [{name: a, overrides: {vault: {}}}]", "$.masters"),
        ("masters: [{name: a, overrides: {kubelet: {confg: {}}}}]", "$.masters"),
        ("vault: {}", "$.vault"),
        ("clusterName: null", "$.clusterName"),
    ],
)
def test_what_load_refuses_is_marked(more, path):
    """Unknown keys at any depth, unknown names, missing and empty values."""
    assert faults(SPEC) == []
    assert faults(SPEC + more) == [path]


@pytest.mark.parametrize(
    "more",
    [
        "kubelet: null",
        "kubelet: {config: null, extraArgs: {v: 4, cgroup-root: null}}",
        "packing: null",
        "masters: [{name: a, zone: null, overrides: {kubelet: {config: {maxPods: 50}}}}]",
        "ports: {etcdPeer: null}",
        "files: null",
    ],
)
def test_null_means_the_default_everywhere(more):
    """Editors do not flag what `load` takes."""
    assert faults(SPEC + more) == []


def test_a_spec_that_extends_may_leave_things_out():
    """They may stand in the file below."""
    assert faults("extends: base.yaml\nclusterName: blue\n") == []
    assert faults("extends: [base.yaml, more.yaml]\n") == []
    assert faults("clusterName: blue\n") != []


def test_overrides_are_the_components():
    """Exactly the sections that may differ between masters."""
    overrides = SCHEMA["$defs"]["Master"]["properties"]["overrides"]["anyOf"][0]
    assert tuple(overrides["properties"]) == OVERRIDABLE
