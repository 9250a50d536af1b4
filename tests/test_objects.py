import pytest

from cloudgen.load import inspect
from tests.specs import document

BOMB = "a: &a [1, 1]\nb: &b [*a, *a]\nc: [*b, *b]\n"


def told(text, **sections):
    """What is said to a file of a spec."""
    return [problem.message for problem in inspect(document(**sections), {"m.yaml": text})[1]]


def manifests(text):
    return told(text, postInstall={"manifestFiles": {"a": "m.yaml"}})


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: Namespace\n",
        "---\n# nothing\n---\napiVersion: v1\nkind: List\nitems: []\n---\n",
        '{\n\t"apiVersion": "v1",\n\t"kind": "Namespace"\n}\n',
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: 2001-99-99, on: yes}\n",
    ],
)
def test_what_kubectl_applies(text):
    """One document or several, JSON as well; values are Kubernetes's to judge."""
    assert manifests(text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "m.yaml holds nothing"),
        ("---\n---\n", "m.yaml holds nothing"),
        ("a text\n", "m.yaml is no Kubernetes object"),
        ("kind: Namespace\n", "m.yaml is no Kubernetes object"),
        ("apiVersion: v1\nkind: [a]\n", "m.yaml is no Kubernetes object"),
        ("apiVersion: v1\nkind: A\n---\n- a\n", "document 2 of m.yaml is no Kubernetes object"),
        ("kind: A\n\tapiVersion: v1\n", "m.yaml, line 2: "),
        (BOMB, "m.yaml is no Kubernetes object"),
        ("? [a]\n: b\n", "m.yaml, line 1: "),
        ("a: \x07\n", "m.yaml cannot be read as YAML"),
    ],
)
def test_what_no_api_server_takes(text, said):
    """Told with the file's own line, before a machine tries it."""
    (message,) = manifests(text)
    assert message.startswith(said)


@pytest.mark.parametrize("text", ["a: " + "[" * 100, "a: " + "[" * 100_000, "[" * 100_000 + "]" * 100_000])
def test_what_is_nested_without_end(text):
    """No stack overflows."""
    (message,) = manifests(text)
    assert message.endswith("the document is nested more than 64 levels deep")


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n", True),
        ("apiVersion: v1\nkind: Policy\n", False),
        ("apiVersion: audit.k8s.io/v1\nkind: Policy\n---\napiVersion: audit.k8s.io/v1\nkind: Policy\n", False),
        ("[]\n", False),
    ],
)
def test_a_policy(text, sound):
    """kube-apiserver reads one, and does not start without."""
    assert (told(text, kubeApiserver={"audit": {"policyFile": "m.yaml"}}) == []) is sound
