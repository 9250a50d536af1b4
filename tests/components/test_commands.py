from typing import Any

import pytest

from cloudgen.pieces import Command
from cloudgen.secrets import SecretRef
from tests.specs import messages, node


def commands(*own: dict[str, Any]) -> list[tuple[str, ...]]:
    """The command lines of a machine, ours first."""
    return [command.argv for command in node(commands=list(own)).of(Command)]


def test_the_bootstrap_comes_first():
    """The user's commands run in their order, once the bootstrap has succeeded."""
    assert commands({"run": ["z"]}, {"run": ["a", "b c"]}) == [
        ("/usr/local/lib/cloudgen/await.sh",),
        ("z",),
        ("a", "b c"),
    ]


@pytest.mark.parametrize(
    ("own", "line"), [({"shell": "a $B | c"}, "a $B | c"), ({"template": "a {{ machine.name }}"}, "a master-0")]
)
def test_lines_for_bash_are_strict(own, line):
    """Lines run with -euo pipefail; a template is filled in first."""
    assert commands(own)[1] == ("/bin/bash", "-euo", "pipefail", "-c", line)


def test_a_secret_script():
    """A script that is a secret is a file of root's own, and run by its path."""
    made = node(commands=[{"contentFrom": {"secret": "s"}}])
    file = made.file("/var/lib/cloudgen/commands/s")
    assert file is not None
    assert (file.content, file.mode) == (SecretRef("named", "", "s"), 0o700)
    assert made.of(Command)[1].argv == (file.path,)


@pytest.mark.parametrize("own", [{}, {"run": ["a"], "shell": "b"}, {"template": "{{ absent }}"}])
def test_faults_are_told(own):
    """No form, two forms, a template that fails."""
    assert messages(commands=[own])
