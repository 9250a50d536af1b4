"""Whatever spec is written of counts, ports, ranges, releases and toggles: what is rendered is sound."""

import json
from collections.abc import Mapping
from functools import cache
from random import Random
from typing import Any

import jsonschema
import pytest
import referencing
import referencing.jsonschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudgen.assemble import lower
from cloudgen.encoders import ENCODERS
from cloudgen.generate import build
from cloudgen.pieces import File, Node
from cloudgen.secrets import PLACEHOLDERS
from tests.generated import sections
from tests.judges import etcd, manifests, names, schemas, strict_yaml
from tests.judges.machine import COMPONENTS
from tests.judging import missing
from tests.nodes import sayable
from tests.specs import spec, text_of
from tests.test_envfile import environment_file, split_words

SEEDS = st.integers(0, 1 << 32)
"""hypothesis shrinks a number; the spec is a function of it."""
SLOW = settings(suppress_health_check=[HealthCheck.too_slow])


def machine(seed: int) -> tuple[Node, dict[str, str], str]:
    """The lowered files of some machine of some spec, by path; its minor; nothing may be wrong with it."""
    chance = Random(seed)  # noqa: S311 - no secret
    written = sections(chance)
    made = spec(**written)
    node, report = build(made, chance.choice(made.masters).name)
    assert not report.failed, [problem.message for problem in report]
    files = {file.path: text_of(file) for file in lower(node).of(File)}
    return node, files, made.release.series


def pods(files: Mapping[str, str]) -> dict[str, str]:
    """The manifests, by component."""
    return {c: files[p] for c in COMPONENTS for p in files if p.endswith(f"/manifests/{c}.yaml")}


@settings(SLOW, max_examples=200)
@given(SEEDS)
def test_every_text_is_sound(seed):
    """Kubeconfigs, key-keeper's configuration, kubelet's, flags: strict readers know every word; formats keep it."""
    node, files, minor = machine(seed)
    for path, text in files.items():
        if path.endswith(("/kubeconfig", "/admin.conf", "/admin-remote.conf")):
            assert schemas._checked(text, "kubeconfig")[0] == []  # noqa: SLF001 - without kubectl, which is slow
        elif path.endswith("/vault-config"):
            assert schemas.key_keeper_problems(text) == []
        elif path.endswith("/kubelet/config.yaml"):
            assert names.kubelet_config_problems(text, minor) == []
        elif path.endswith("/kubelet-args.env"):
            words = [word for value in environment_file(text).values() for word in split_words(value)]
            assert names.flag_problems("kubelet", words, minor) == []
    made = pods(files)
    assert len(made) == 4
    for component in ("kube-apiserver", "kube-controller-manager", "kube-scheduler"):
        assert names.flag_problems(component, etcd.manifest_flags(made[component]), minor) == []
    for encoder in ENCODERS.values():
        assert encoder.decode(encoder.encode(node, PLACEHOLDERS)) == sayable(node, encoder.name)


@cache
def pod_schema(minor: str) -> Any:
    """The strict schema of a Pod, read from the outside validator's own files."""
    validator = manifests.schema_minors().get(minor)
    if validator is None:
        missing(f"kubernetes-validate with the schemas of {minor}")
    (folder,) = validator.parent.parent.glob(f"{manifests.SCHEMAS}/v{minor}.0-local-strict")
    definitions: Any = referencing.Resource(  # type: ignore[call-arg] # attrs' fields
        contents=json.loads((folder / "_definitions.json").read_text()),
        specification=referencing.jsonschema.DRAFT202012,
    )
    registry = referencing.Registry().with_resource("_definitions.json", definitions)
    return jsonschema.Draft202012Validator(json.loads((folder / "pod-v1.json").read_text()), registry=registry)


def pod_faults(text: str, minor: str) -> list[str]:
    """What the schema says to a manifest."""
    return [f"{f.json_path}: {f.message}" for f in pod_schema(minor).iter_errors(strict_yaml.load(text))]


@pytest.mark.judge
def test_the_schema_says_no():
    """The schema, read without its tool, still finds an unknown field deep in a pod."""
    text = pods(machine(1)[1])["etcd"]
    assert pod_faults(text, "1.30") == []
    assert pod_faults(text.replace("hostNetwork", "hostNetwrok"), "1.30")
    assert pod_faults(text.replace("failureThreshold", "failureTreshold"), "1.30")


@pytest.mark.judge
@settings(SLOW, max_examples=60)
@given(SEEDS)
def test_every_pod_is_valid(seed):
    """The four pods pass the strict schema of their minor."""
    _, files, minor = machine(seed)
    for text in pods(files).values():
        assert pod_faults(text, minor) == []
