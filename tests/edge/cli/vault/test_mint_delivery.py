"""A kill between the moment at which tokens are where machines get them from and that at which this is written down."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.edge.cli.conftest import ROOT
from tests.edge.cli.vault.labs import Lab

DYING = """\
import os, signal, sys
from cloudgen.edge.cli.app import app
from cloudgen.edge.vault.minting import Batch
Batch.complete = lambda _: os.kill(os.getpid(), signal.SIGKILL)
app(sys.argv[1:])
"""


@pytest.fixture
def lab(vault, cluster, bao):
    """Makes a provisioned cluster."""
    return lambda masters=1, **bootstrap: Lab(cluster(), vault, bao, masters, **bootstrap)


def killed(*args: object) -> None:
    """A command line that gets kill -9 when all is delivered."""
    argv = [sys.executable, "-c", DYING, *map(str, args)]
    done = subprocess.run(argv, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


def killed_mint(*more: str) -> None:
    killed("vault", "mint", "cluster.yaml", "--out", "s.yaml", *more)


def test_status_tells(lab):
    """What stands in the file is going to be revoked: status says so, and that it is not well."""
    one = lab()
    killed_mint()
    assert len(one.lines()) == 17
    done = one.vault("status", "--manifest", one.path)
    assert (done.exit_code, "was cut off" in done.stderr) == (1, True)


def test_the_next_mint_ends_it(lab):
    """Of a part that was killed neither the new tokens nor those before live on or stay in the file, and it is told."""
    two = lab(masters=3)
    two.minted()
    before, old = two.lines(), two.accessors
    killed_mint("--machine", "master-1")
    new = two.lines()
    assert new["master-1", "etcd-ca"] != before["master-1", "etcd-ca"]
    done = two.minted("--machine", "master-0")
    assert "had been cut off; what it minted is revoked, and so is what it was to replace" in done.stderr
    assert "mint for master-1 as well" in done.stderr
    assert {machine for machine, _ in two.lines()} == {"master-0", "master-2"}
    assert two.look(old["master-1", "etcd-ca"][1]) is None
    assert [len(two.alive()) - two.alive().count("run"), two.status("--machine", "master-2")[0]] == [34, 0]
    assert {state for state, _ in two.status("--machine", "master-1")[1].values()} == {"absent"}
    assert "as well" not in two.minted("--machine", "master-1").stderr
    assert two.status() == (0, dict.fromkeys(before, ("unused", 0)))


@pytest.mark.parametrize("mode", ["wrapped-secret-id", "token", "shared"])
def test_in_every_mode(lab, mode):
    """What a killed run delivered, and what it would have replaced, is gone after the next mint; that is whole."""
    one = lab(mode=mode)
    one.minted()
    killed_mint()
    dead = one.lines()
    one.minted()
    assert not {line[0] for line in dead.values()} & {line[0] for line in one.lines().values()}
    assert (one.alive().count("run"), len(one.alive()) > 18, one.status()[0]) == (1, False, 0)


def test_the_next_revoke_ends_it(lab):
    """With everything before it; then a mint is whole."""
    one = lab()
    one.minted()
    killed_mint("--issuer", "etcd-ca")
    assert len(one.revoke()["cutOff"]) == 1
    assert (one.alive(), one.runs) == ([], [])
    one.minted()
    assert one.status() == (0, dict.fromkeys(one.lines(), ("unused", 0)))


def test_what_lives_on_secret_ids_goes_on(lab):
    """A run that was killed while it replaced a live machine's credentials takes none along when it is revoked."""
    one = lab()
    one.minted("--issuer", "etcd-ca")
    one.use("etcd-ca")
    killed_mint("--issuer", "etcd-ca", "--replace")
    (run,) = [run["run"] for run in one.runs if not run["complete"]]
    assert one.revoke("--manifest", one.path, "--run", run) == {"tokens": 0, "secretIds": 0, "cutOff": [run]}
    assert one.status()[1]["master-0", "etcd-ca"] == ("used", 1)


def test_up_as_well(lab):
    """User-data that a killed run wrote opens nothing once the next has come."""
    one = lab()
    arguments = ("up", "cluster.yaml", "--out", "build", "--yes")
    killed(*arguments)
    path = Path(f"build/{one.name}/master-0/user-data")
    before = path.read_bytes()
    assert one.alive().count("etcd-ca") == 1
    argv = [sys.executable, "-m", "cloudgen", *arguments]
    done = subprocess.run(argv, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False)
    assert (done.returncode, b"had been cut off" in done.stderr, path.read_bytes() != before) == (0, True, True)
    assert (one.alive().count("etcd-ca"), one.alive().count("run")) == (1, 1)
