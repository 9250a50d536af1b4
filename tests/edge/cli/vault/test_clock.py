"""A clock that differs from Vault's is told where tokens are minted."""

import json
import re

import pytest

from tests.edge.cli.vault.labs import Lab
from tests.edge.vault.servers import Front


def shifted(body: bytes) -> bytes:
    """An hour later, as Vault sees it."""
    return re.sub(rb'(?<="server_time_utc":)\d+', lambda found: b"%d" % (int(found[0]) + 3600), body)


@pytest.fixture
def late(bao, vault, cluster, monkeypatch):
    """A provisioned cluster in a Vault whose clock is an hour ahead."""
    Lab(cluster(), vault, bao)
    with Front(bao.address, hear=shifted) as front:
        monkeypatch.setenv("VAULT_ADDR", front.address)
        yield


@pytest.mark.usefixtures("late")
@pytest.mark.parametrize(
    "command",
    [
        "vault mint cluster.yaml --out s.yaml",
        "vault mint cluster.yaml --out s.yaml --dry-run",
        "up cluster.yaml --out o --yes",
    ],
)
def test_it_is_a_warning(run, command):
    """By how much and what it means, in words and as JSON; nothing is refused for it."""
    done = run(*command.split())
    assert done.exit_code == 0
    assert re.search(r"warning: this clock is 3\d\d\d seconds behind Vault's\n  = help: ends of tokens", done.stderr)
    told = json.loads(run(*command.split(), "--json").stdout)["problems"]
    assert [problem["severity"] for problem in told if "clock" in problem["message"]] == ["warning"]


def test_the_right_time_is_not_mentioned(vault, cluster, bao):
    """Within half a minute clocks are alike."""
    assert "clock" not in Lab(cluster(), vault, bao).minted().stderr
