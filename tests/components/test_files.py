from typing import Any

import pytest

from cloudgen.pieces import File
from cloudgen.secrets import SecretRef
from tests.specs import content, messages, node


def file(**settings: Any) -> File:
    """The piece that one file of the user becomes."""
    made = node(files=[{"path": "/etc/a", **settings}]).file("/etc/a")
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ({"content": "{{ x }}$A\n"}, "{{ x }}$A\n"),
        ({"content": ""}, ""),
        ({"contentFile": "a.txt"}, "text\n"),
        ({"template": "{{ machine.name }}\n"}, "master-0\n"),
        ({"templateFile": "a.txt"}, "text\n"),
    ],
)
def test_each_source(source, text):
    """Text stands as it is; a template is filled in."""
    assert file(**source).content == text


def test_a_secret_is_the_whole_file():
    """A secret's file is its owner's alone, unless another mode is written."""
    made = file(contentFrom={"secret": "s"})
    assert (made.content, made.mode) == (SecretRef("named", "", "s"), 0o600)


def test_mode_and_owner():
    """Modes are octal texts; owners are names."""
    made = file(content="", mode="0750", owner="ops", group="adm")
    assert (made.mode, made.owner, made.group) == (0o750, "ops", "adm")
    assert file(content="").mode == 0o644


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "a file needs one source of its content"),
        ({"content": "", "template": ""}, "a file needs one source of its content"),
        ({"template": "{{ absent }}"}, "'absent' is undefined"),
        ({"template": "{% if %}"}, "line 1 of the template"),
        ({"content": "", "mode": "644"}, "not a file mode"),
        ({"content": "", "path": "etc/a"}, "not an absolute path"),
        ({"contentFile": "absent"}, "was not found"),
        ({"contentFrom": {"secret": "s"}, "mode": "0644"}, "secret"),
    ],
)
def test_faults_are_told(settings, said):
    """Two sources or none, a template that fails, a mode that is none."""
    assert any(said in message for message in messages(files=[{"path": "/etc/a", **settings}]))


def test_a_file_of_cloudgen_s_own_is_not_replaced():
    """Two descriptions of one path are a clash, told at the user's line."""
    said = messages(files=[{"path": "/etc/containerd/config.toml", "content": "version = 2\n"}])
    assert any("is described twice" in message for message in said)


def test_templates_speak_of_each_machine():
    """The same template differs from machine to machine."""
    files = [{"path": "/etc/a", "template": "{{ machine.fqdn }} {{ machine.index }} {{ machines | length }}\n"}]
    assert content("/etc/a", "master-2", files=files) == "master-2.example.example.org 2 3\n"
