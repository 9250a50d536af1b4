"""VAULT_ADDR that names another address than the spec is told where tokens are minted."""

import json
from pathlib import Path

import pytest

from tests.edge.cli.vault.labs import Lab

COMMANDS = (
    "vault mint cluster.yaml --out s.yaml",
    "vault mint cluster.yaml --out s.yaml --dry-run",
    "up cluster.yaml --out o --yes",
)
SAYS = "machines unwrap their tokens at https://vault.example.org:8200, and VAULT_ADDR names "


@pytest.fixture
def lab(cluster, vault, bao):
    """A provisioned cluster."""
    return Lab(cluster(), vault, bao)


@pytest.mark.parametrize("command", COMMANDS)
def test_it_is_a_warning_at_the_specs_line(lab, run, command):
    """Both addresses are named, in words and as JSON; nothing is refused for it."""
    done = run(*command.split())
    assert (done.exit_code, f"warning[$.vault.server]: {SAYS}{lab.bao.address}\n" in done.stderr) == (0, True)
    assert "--> cluster.yaml:6:17" in done.stderr
    told = json.loads(run(*command.split(), "--json").stdout)["problems"]
    (line,) = [problem["line"] for problem in told if problem["message"] == f"{SAYS}{lab.bao.address}"]
    assert line == 6


@pytest.mark.parametrize("command", COMMANDS)
def test_the_same_address_is_not_mentioned(lab, run, command):
    """However it is written."""
    path = Path("cluster.yaml")
    path.write_text(path.read_text().replace("https://vault.example.org:8200", f"{lab.bao.address}/"))
    done = run(*command.split())
    assert (done.exit_code, "VAULT_ADDR" in done.stderr) == (0, False)


def test_others_do_not_mention_it(lab, run, vault):
    """Who mints nothing, and a demo, whose own Vault takes the place of the spec's."""
    lab.minted()
    demo = run("up", "cluster.yaml", "--out", "o", "--vault", "dev")
    said = [vault("plan"), vault("apply"), vault("status"), vault("revoke", "--manifest", lab.path), demo]
    assert [(done.exit_code, "VAULT_ADDR" in done.stderr) for done in said] == [
        (code, False) for code in (0, 0, 1, 0, 0)
    ]
