"""Specs for tests: a small valid one, changed by sections; its machines, files and flags; and as trees on the disk."""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from cloudgen.assemble import lower
from cloudgen.generate import build, machine_facts
from cloudgen.load import inspect, load
from cloudgen.pieces import File, Node, Piece
from cloudgen.report import Problem, Report
from cloudgen.secrets import SecretRef
from cloudgen.source import Document, parse
from cloudgen.spec import Spec
from tests.judges import etcd, strict_yaml

BASE: Mapping[str, Any] = {
    "apiVersion": "cloudgen/v1alpha1",
    "clusterName": "example",
    "domain": "example.org",
    "kubernetesVersion": "v1.30.4",
    "masters": [{"name": f"master-{i}", "address": f"10.0.0.1{i}"} for i in range(3)],
    "vault": {"server": "https://vault.example.org:8200"},
    "binaries": {"keyKeeper": {"install": False}},
}
PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n"
POLICY = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n"
TEXTS: Mapping[str, str] = {"a.txt": "text\n", "ca.pem": PEM, "namespace.yaml": NAMESPACE, "policy.yaml": POLICY}
"""What specs of tests may attach."""
IPV6: Mapping[str, Any] = {
    "masters": [{"name": "a", "address": "fd00::1"}],
    "networking": {"serviceSubnet": "fd01::/108", "podSubnet": "fd02::/64"},
}
"""The sections that make a machine `a` an IPv6 one."""
MANIFESTS = "/etc/kubernetes/manifests"


def document(**sections: Any) -> Document:
    """The base with whole sections replaced; None takes one away."""
    return parse(_text(sections).encode(), "cluster.yaml")


def spec(**sections: Any) -> Spec:
    """The spec of such a document; it must be valid."""
    return load(document(**sections), TEXTS)


def told(**sections: Any) -> Report:
    """Everything that is said to such a document: by loading it, and by building its machines."""
    found, report = inspect(document(**sections), TEXTS)
    if found is None:
        return report
    return report + Report.of(problem for master in found.masters for problem in build(found, master.name)[1])


def messages(**sections: Any) -> list[str]:
    """The same as text."""
    return [problem.message for problem in told(**sections)]


def node(machine: str = "master-0", **sections: Any) -> Node:
    """A machine of such a spec, without anything wrong."""
    return _node(machine, _text(sections))


@lru_cache(maxsize=64)
def _node(machine: str, text: str) -> Node:
    made, report = build(load(parse(text.encode(), "cluster.yaml"), TEXTS), machine)
    assert not report.failed, [problem.message for problem in report]
    return made


def _text(sections: Mapping[str, Any]) -> str:
    return json.dumps({key: value for key, value in {**BASE, **sections}.items() if value is not None})


def content(path: str, machine: str = "master-0", **sections: Any) -> str:
    """The text of one of its files, in the form that every format carries."""
    found = lower(node(machine, **sections)).file(path)
    assert found is not None, path
    return text_of(found)


def text_of(file: File) -> str:
    """A file's text; of a secret its placeholder."""
    match file.content:
        case SecretRef():
            return file.content.placeholder()
        case bytes():
            return file.content.decode("latin-1")
        case str():
            return file.content


def paths(machine: str = "master-0", **sections: Any) -> set[str]:
    """The paths of all its files."""
    return {file.path for file in lower(node(machine, **sections)).of(File)}


def container(component: str, machine: str = "master-0", **sections: Any) -> Any:
    """The container of a static pod."""
    return strict_yaml.load(content(f"{MANIFESTS}/{component}.yaml", machine, **sections))["spec"]["containers"][0]


def flags(component: str, machine: str = "master-0", **sections: Any) -> list[str]:
    """The flags of a static pod."""
    return etcd.container_flags(container(component, machine, **sections))


def flag(component: str, name: str, machine: str = "master-0", **sections: Any) -> list[str]:
    """The values of one flag, in order; none where it is not there."""
    split = [f.removeprefix("--").partition("=") for f in flags(component, machine, **sections)]
    return [value for found, _, value in split if found == name]


def component_pieces(key: str, machine: str = "master-0", **sections: Any) -> Iterator[Piece | Problem]:
    """What one component alone has to say."""
    made = spec(**sections).of_machine(machine)
    return dict(made.components())[key].pieces(machine_facts(made, machine))


def write_tree(made: Node, root: Path) -> Path:
    """The files of a machine below a folder, as the machine would have them."""
    for file in lower(made).of(File):
        place = root / file.path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text_of(file).encode() if not isinstance(file.content, bytes) else file.content)
        place.chmod(file.mode)
    return root
