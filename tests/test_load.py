"""Loading: every problem at once and in its file, overrides, null, attachments; and no input that breaks it."""

import typing
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from cloudgen.generate import build
from cloudgen.load import attachments, inspect, load
from cloudgen.model import Attachment
from cloudgen.report import Refused
from cloudgen.source import combine, parse
from cloudgen.spec import OVERRIDABLE, Spec
from tests.specs import PEM

BASE = """\
apiVersion: cloudgen/v1alpha1
clusterName: example
domain: example.com
kubernetesVersion: v1.30.4
masters:
  - {name: master-0, address: 10.0.0.10}
vault: {server: "https://vault.example.com:8200"}
binaries: {keyKeeper: {install: false}}
"""


def document(text: str, name: str = "cluster.yaml"):
    return combine(parse(text, name), [parse(BASE, "base.yaml")])


def messages(text: str) -> list[str]:
    return [problem.message for problem in inspect(document(text)).report]


def models_in(annotation) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for below in typing.get_args(annotation):
        yield from models_in(below)


def attached(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where the spec takes a file: keys from the root; `*` is any key of a map, lists are left out."""
    for name, field in model.model_fields.items():
        own = path if name == "root" else (*path, field.alias or name)
        is_map = any(typing.get_origin(part) is dict for part in (field.annotation, *typing.get_args(field.annotation)))
        is_list = typing.get_origin(field.annotation) is tuple
        for below in models_in(field.annotation):
            if below is Attachment:
                yield (*own, "*") if is_map else own
            else:
                yield from attached(below, (*own, "*") if is_map else (*own, "-") if is_list else own)


ATTACHED = sorted(set(attached(Spec)))


def nested(path: tuple[str, ...], leaf: str) -> object:
    value: object = leaf
    for step in reversed(path):
        value = [value] if step == "-" else {"any" if step == "*" else step: value}
    return value


def as_flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {as_flow(below)}" for key, below in value.items()) + "}"
    return f"[{', '.join(map(as_flow, value))}]" if isinstance(value, list) else str(value)


def test_the_spec_takes_files():
    """The walk over the models finds the places that are known, so that the tests over it test something."""
    assert {("vault", "caCert"), ("files", "-", "contentFile"), ("host", "trustedCas", "*")} <= set(ATTACHED)


@pytest.mark.parametrize("path", ATTACHED, ids=".".join)
def test_every_attachment_is_found(path):
    """Wherever the models take a file, its name is among the attachments, in the spec and in overrides."""
    text = as_flow(nested(path, "some/file"))
    assert attachments(parse(text, "a.yaml")) == {"some/file"}
    if path[0] in OVERRIDABLE:
        assert attachments(parse(f"masters: [{{overrides: {text}}}]", "a.yaml")) == {"some/file"}


def test_free_maps_hold_no_attachments():
    """Keys of a component's own configuration are never taken for ours."""
    text = "kubelet: {config: {caCert: a}}\nkubeApiserver: {extraArgs: {contentFile: b}}\n"
    assert attachments(parse(text, "a.yaml")) == frozenset()


def test_attachments_become_texts():
    """The text that was handed over is what the spec holds."""
    spec = load(document("vault: {caCert: ca.pem}\n"), {"ca.pem": PEM})
    assert spec.vault.ca_cert == Attachment(name="ca.pem", text=PEM)


def test_ten_faults_are_told_at_once():
    """Faults of ten fields are ten problems, in the order of the document's model."""
    text = """\
clusterName: Example
domain: my_domain
kubernetesVersion: latest
provider: cloud
names: none
networking: {podSubnet: 10.0.0.1/8}
ports: {etcdClient: 0}
pki: {ttl: forever}
host: {packages: [UPPER]}
kubelet: {zzz: 1}
"""
    report = inspect(document(text)).report
    assert len(report.problems) == 10
    assert sorted(problem.place.line for problem in report if problem.place) == list(range(1, 11))


def test_rules_tell_everything_too():
    """Problems across fields do not hide each other."""
    text = "names: hosts\nmasters: {count: 2}\nnetworking: {serviceSubnet: 10.244.0.0/29}\npki: {keySize: 1}\n"
    told = " ".join(messages(text))
    for part in ("no sound etcd", "overlap", "fewer than 16", "master-0", "master-1", "RSA key"):
        assert part in told


def test_faults_of_the_spec_do_not_hide_those_of_overrides():
    """A fault in a section and one in a machine's overrides are told together, each at its own line."""
    text = "domain: my_domain\nmasters:\n  - name: a\n    overrides:\n      kubelet: {nodeTaints: [x]}\n"
    report = inspect(document(text)).report
    assert [(p.place.line, p.message) for p in report if p.place] == [
        (1, "'my_domain' is not a DNS name"),
        (5, "'x' is not a taint"),
    ]


def test_refused_carries_located_problems():
    """`load` raises once, with everything, and every problem has its place."""
    with pytest.raises(Refused) as refusal:
        load(document("domain: my_domain\nclusterName: Example\n"))
    assert [p.place.line for p in refusal.value.report if p.place] == [2, 1]


def test_warnings_do_not_refuse():
    """A spec with a warning is a spec, and the warning is in the report."""
    spec, report = inspect(document("kubernetesVersion: v9.99.0\n"))
    assert spec is not None
    assert [p.severity for p in report] == ["warning"]


def test_faults_are_told_in_their_own_file():
    """A value of a base is told in the base, one of the document in the document."""
    base = parse(BASE.replace("domain: example.com", "domain: my_domain"), "base.yaml")
    report = inspect(combine(parse("\nclusterName: Example\n", "top.yaml"), [base])).report
    assert [(p.place.file, p.place.line) for p in report if p.place] == [("top.yaml", 2), ("base.yaml", 3)]


OVERRIDDEN = """\
kubelet: {nodeLabels: {a: "1", b: "2"}, extraArgs: {v: 4}}
masters:
  - name: one
    overrides: {kubelet: {nodeLabels: {b: "3"}}}
  - name: two
  - name: three
    overrides: {kubelet: null}
"""


def test_overrides_give_variants():
    """An override is merged over its section for its machine alone."""
    spec = load(document(OVERRIDDEN))
    assert spec.of_machine("one").kubelet.node_labels == {"a": "1", "b": "3"}
    assert spec.of_machine("two").kubelet.node_labels == {"a": "1", "b": "2"}
    assert spec.kubelet.node_labels == {"a": "1", "b": "2"}


def test_null_in_an_override_means_the_default():
    """A section that is null for a machine has its defaults there."""
    assert load(document(OVERRIDDEN)).of_machine("three").kubelet.node_labels == {}


def test_null_over_a_base_means_the_default():
    """Null takes away what a base set (decision 0004)."""
    base = parse(f"{BASE}ports: {{etcdClient: 1234, etcdPeer: 1235}}\nhost: {{swap: keep}}\n", "base.yaml")
    spec = load(combine(parse("ports: {etcdClient: null}\nhost:\n", "top.yaml"), [base]))
    assert (spec.ports.etcd_client, spec.ports.etcd_peer, spec.host.swap) == (2379, 1235, "off")


def test_null_stays_in_free_maps():
    """In extraArgs and config null is a value: it takes cloudgen's default away (decision 0004)."""
    spec = load(document("kubelet: {extraArgs: {v: null}, config: {maxPods: null}}\n"))
    assert spec.kubelet.extra_args == {"v": None}
    assert spec.kubelet.config == {"maxPods": None}


def test_null_for_what_must_be_there():
    """A key without a default cannot be taken away."""
    assert messages("domain: null\n") == ["domain has no value"]


def test_overrides_reach_what_is_built():
    """The node of a machine is made of its own variant."""
    spec = load(document("masters:\n  - name: one\n    overrides: {files: [{path: /etc/own, content: x}]}\n"))
    assert any(getattr(piece, "path", "") == "/etc/own" for piece in build(spec, "one")[0].pieces)


def test_numbers_keep_their_digits():
    """A number that becomes a text is told when YAML shortens it; in quotes, or where a number is meant, it is not."""
    assert messages("kubelet: {extraArgs: {x: 1.10}}\n") == ["YAML reads 1.10 as the number 1.1"]
    assert messages('kubelet: {extraArgs: {x: "1.10", a: 1.1, z: 4}, config: {ratio: 1.10}}\n') == []
