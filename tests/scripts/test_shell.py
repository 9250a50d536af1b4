"""The house rules of the shell scripts."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.judges.shell import script_problems

SCRIPTS = Path(__file__).parents[2] / "cloudgen" / "scripts"
NAMES = sorted(p.name for p in SCRIPTS.glob("*.sh"))


@pytest.mark.judge
def test_shellcheck_has_nothing_to_say():
    """Every script, at the strictest level, with what it sources."""
    assert script_problems(SCRIPTS) == []


@pytest.mark.parametrize("name", [n for n in NAMES if n != "common.sh"])
def test_every_script_is_strict(name):
    """`set -euo pipefail` before anything else is done, and bash parses the text."""
    text = (SCRIPTS / name).read_text()
    code = [line for line in text.splitlines() if line and not line.startswith(("#", "{ set +x"))]
    assert code[0] == "set -euo pipefail"
    subprocess.run(["bash", "-n", SCRIPTS / name], check=True)


@pytest.mark.parametrize("name", NAMES)
def test_no_script_asks_for_jq_or_python(name):
    """Neither is assumed on a machine, nor diffutils, nor a template engine on the way there."""
    text = (SCRIPTS / name).read_text()
    assert not re.search(r"\b(jq|python3?|perl|gawk|cmp|diff)\b|\{\{|\{%", text)


@pytest.mark.parametrize("name", NAMES)
def test_no_script_keeps_a_text_in_a_here_document(name):
    """bash before 5.1 writes here-documents to a file: a secret in one would touch the disk."""
    assert not re.search(r"<<-?\s*['\"]?[A-Z]", (SCRIPTS / name).read_text())
