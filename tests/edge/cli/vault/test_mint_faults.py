"""`cloudgen vault mint` when it is cut off: whatever happens, the next mint or revoke leaves nothing usable behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.edge.cli.conftest import ROOT
from tests.edge.cli.vault.labs import CREATE, Lab, Nth
from tests.edge.vault.servers import Front


@pytest.fixture
def lab(vault, cluster, bao):
    """Makes a provisioned cluster."""
    return lambda **bootstrap: Lab(cluster(), vault, bao, **bootstrap)


EVERY = range(1, 19)
"""Requests that make a token: that of the run, then one for each of a machine's seventeen issuers."""


def test_a_disk_that_is_full_is_told_with_what_became_of_the_run(lab, bao):
    """Not even its accessor could be written; so it is revoked, and that is what is said."""
    one = lab()
    argv = ["-c", 'ulimit -f 0; exec "$0" -m cloudgen vault mint cluster.yaml --out s.yaml', sys.executable]
    done = subprocess.run(["bash", *argv], capture_output=True, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False)
    said = done.stderr.decode()
    assert (done.returncode, "cannot write s.yaml.manifest.json: file too large" in said) == (2, True)
    assert ("is revoked, with all that it minted" in said, "could not be revoked" in said) == (True, False)
    assert (one.alive(), one.path.exists()) == ([], False)


@pytest.mark.parametrize(("n", "verdict"), [*((n, "lost") for n in EVERY), (1, 403), (9, 500), (18, 403)])
def test_a_failure_leaves_nothing_usable(lab, bao, n, verdict):
    """Whichever request fails, the run is revoked and it is said; no file of secrets appears."""
    one = lab()
    with Front(bao.address, Nth(n, verdict)) as front:
        done = one.mint(env={"VAULT_ADDR": front.address})
    assert (done.exit_code, one.out.exists()) == (2, False)
    assert "nothing is minted" in done.stderr
    if n > 1:
        assert "is revoked, with all that it minted" in done.stderr
        assert one.runs == []
        assert one.alive() == []
    else:
        # Without an answer nobody knows the run token, and it made nothing.
        assert one.alive() in ([], ["run"])


def test_a_run_that_cannot_be_revoked_is_told_and_ended_by_revoke(lab, bao):
    """When Vault stops answering, the manifest keeps the run's accessor, and revoke ends it later."""
    one, down = lab(), threading.Event()

    def stop() -> int:
        down.set()
        return 500

    judge = Nth(5, stop)

    def judged(method: str, path: str) -> int | str:
        return 500 if down.is_set() else judge(method, path)

    with Front(bao.address, judged) as front:
        done = one.mint(env={"VAULT_ADDR": front.address})
    assert done.exit_code == 2
    assert "could not be revoked" in done.stderr
    assert "cloudgen vault revoke" in done.stderr
    moved(one, front.address, bao.address)
    assert (len(one.runs), one.runs[0]["complete"], "run" in one.alive()) == (1, False, True)
    assert len(one.revoke()["cutOff"]) == 1
    assert (one.runs, one.alive()) == ([], [])


def moved(lab: Lab, old: str, new: str) -> None:
    """The manifest names another address of the same server."""
    if lab.path.exists():
        lab.path.write_text(lab.path.read_text().replace(old, new))


def killed(
    lab: Lab, address: str, number: int, n: int, part: str = CREATE, *more: str
) -> subprocess.CompletedProcess[bytes]:
    """`mint` in a process of its own that gets a signal when it sends the n-th request."""
    process: list[subprocess.Popen[bytes]] = []

    def kill() -> str:
        process[0].send_signal(number)
        time.sleep(0.3)
        return "lost"

    with Front(lab.bao.address, Nth(n, kill, part)) as front:
        moved(lab, address, front.address)
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "VAULT_ADDR": front.address}
        argv = [sys.executable, "-m", "cloudgen", "vault", "mint", "cluster.yaml", "--out", "s.yaml", *more]
        with subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
            process.append(running)
            shown = Path(f"/proc/{running.pid}/cmdline").read_text() if Path("/proc").exists() else ""
            assert lab.bao.root not in shown
            out, err = running.communicate(timeout=30)
    moved(lab, front.address, address)
    return subprocess.CompletedProcess(argv, running.returncode, out, err)


@pytest.mark.parametrize(("n", "then"), [(n, "revoke" if n % 3 == 1 and n > 1 else "mint") for n in EVERY])
def test_a_kill_is_cleaned_up_by_the_next(lab, bao, n, then):
    """After kill -9 at any point, what was minted dies with the next mint or revoke; the next mint is whole."""
    one = lab()
    assert killed(one, bao.address, signal.SIGKILL, n).returncode == -signal.SIGKILL
    assert not one.out.exists()
    if then == "revoke":
        assert len(one.revoke()["cutOff"]) == 1
        assert one.alive() == []
    done = one.minted()
    assert ("had been cut off" in done.stderr) == (n > 1 and then == "mint")
    # A run token whose answer never came may live on: it made nothing, and nobody knows it.
    alive = one.alive()
    assert len(alive) - alive.count("run") == 17
    assert alive.count("run") in ({1, 2} if n == 1 else {1})
    assert one.status() == (0, dict.fromkeys(one.lines(), ("unused", 0)))


def test_what_cannot_be_replaced_is_told(lab, bao):
    """The new tokens are written and good, which is said beside the fault; the next run ends the older ones."""
    one = lab()
    one.minted()
    with Front(bao.address, Nth(3, 500, "/revoke-accessor")) as front:
        moved(one, bao.address, front.address)
        done = one.mint(env={"VAULT_ADDR": front.address})
    moved(one, front.address, bao.address)
    assert (done.exit_code, "17 tokens minted" in done.stdout) == (2, True)
    assert "what is minted is good, but what it replaces could not be revoked: run it again" in done.stderr
    assert one.status()[0] == 0
    one.minted()
    assert len(one.alive()) == 18


def test_a_kill_amid_the_replacement_is_cleaned_up(lab, bao):
    """The new tokens are good; the older ones that still lived end with the next mint."""
    one = lab()
    one.minted()
    assert killed(one, bao.address, signal.SIGKILL, 5, "/revoke-accessor").returncode == -signal.SIGKILL
    assert one.status() == (0, dict.fromkeys(one.lines(), ("unused", 0)))
    assert len(one.alive()) > 18
    one.minted()
    assert (len(one.alive()), one.status()[0]) == (18, 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_is_cleaned_up_at_once(lab, bao, number):
    """^C, and what stops a job, revoke the run before it ends."""
    one = lab()
    done = killed(one, bao.address, number, 9)
    assert done.returncode == 130
    assert b"interrupted" in done.stderr
    assert (one.runs, one.alive(), one.out.exists()) == ([], [], False)


def test_secret_ids_of_a_killed_run_are_destroyed(lab, bao):
    """Wrapped secret-ids do not die with a token: they are found by the name of their run, and others stay."""
    one = lab(mode="wrapped-secret-id")
    one.exchange(bao.root, "etcd-peer")
    assert one.mint().exit_code == 2
    killed(one, bao.address, signal.SIGKILL, 6, "/secret-id", "--replace")
    assert sum(count for _, count in one.status()[1].values()) > 1
    assert len(one.revoke("--manifest", one.path, "--run", one.runs[0]["run"])["cutOff"]) == 1
    assert {key: count for key, (_, count) in one.status()[1].items() if count} == {("master-0", "etcd-peer"): 1}


def test_secret_ids_of_a_failed_run_are_destroyed(lab, bao):
    """Also when the run itself notices."""
    one = lab(mode="wrapped-secret-id")
    with Front(bao.address, Nth(6, 500, "/secret-id")) as front:
        done = one.mint(env={"VAULT_ADDR": front.address})
    assert (done.exit_code, "is revoked, with all that it minted" in done.stderr) == (2, True)
    one.path.unlink()
    one.minted()
