"""The commented spec: what `init` writes."""

import re

import pytest

from cloudgen.generate import build
from cloudgen.load import inspect
from cloudgen.report import Report
from cloudgen.source import parse
from cloudgen.spec import Spec
from cloudgen.starter import commented_spec

COMMENTED_OUT = re.compile(r"^( *)# ( *(?:- \{|[a-z][A-Za-z]*:(?: |$)).*)$", re.MULTILINE)
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
TEXTS = {"vault-ca.pem": PEM, "company-ca.pem": PEM, "agent.conf": "level = info\n"}


def checked(text: str) -> tuple[Spec, Report]:
    """The spec of a text and every problem of it and of its machines."""
    spec, report = inspect(parse(text, "cluster.yaml"), TEXTS)
    assert spec is not None, report
    return spec, sum((build(spec, master.name)[1] for master in spec.masters), report)


def test_commented_spec_is_sound():
    """It can be checked as it stands: all it lacks is a real address of key-keeper."""
    _, report = checked(commented_spec())
    assert [(p.severity, p.message) for p in report] == [("warning", "the address of key-keeper is only an example")]


def test_what_is_commented_out_is_sound_too():
    """Each example in a comment is one that works: without the marks before them, all of them load together."""
    text = COMMENTED_OUT.sub(r"\1\2", commented_spec().replace("# extends: [base.yaml]", ""))
    spec, report = checked(text)
    assert [(p.severity, p.message) for p in report] == [("warning", "the address of key-keeper is only an example")]
    assert spec.etcd.disk is not None
    assert spec.of_machine("master-2").kubelet.node_labels == {"disk": "fast"}
    assert spec.kube_apiserver.extra_args == {"audit-log-maxage": ("30",), "profiling": None}
    assert [file.path for file in spec.files.root] == ["/etc/motd", "/etc/ops/agent.conf", "/etc/ops/agent.token"]
    assert spec.vault.ca_cert is not None
    assert len(spec.commands.root) == 1


@pytest.mark.parametrize("word", ["extends", "overrides", "extraArgs", "templateFile", "contentFrom", "schema --out"])
def test_commented_spec_names_what_is_possible(word):
    """Ways to say more are named, so that they can be looked up."""
    assert word in commented_spec()


def test_editors_find_the_schema():
    """The first line is the one that editors read, with the file that the text tells how to make."""
    first, *others = commented_spec().splitlines()
    assert first == "# yaml-language-server: $schema=cluster.schema.json"
    assert any("cloudgen schema --out cluster.schema.json" in line for line in others)
