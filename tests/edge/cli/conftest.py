"""A folder with a spec in it, and cloudgen to run there: within the process, or as users start it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cloudgen.edge.cli.app import app

ROOT = Path(__file__).resolve().parents[3]
CANARY = "hvs.CANARY-5c1e0b7d"
SPEC = """\
apiVersion: cloudgen/v1alpha1
clusterName: example
domain: example.org
kubernetesVersion: v1.23.12
provider: yandex
masters:
  - {name: master-0, address: 10.100.0.10, zone: ru-central1-a}
  - {name: master-1, address: 10.100.0.11, zone: ru-central1-b}
  - {name: master-2, address: 10.100.0.12, zone: ru-central1-d}
vault:
  server: https://vault.example.org:8200
binaries:
  keyKeeper: {url: "https://downloads.example.org/key-keeper", sha256: "ZEROS"}
""".replace("ZEROS", "0" * 64)
SECRETS = f"""\
apiVersion: cloudgen/v1alpha1
kind: Secrets
tokens:
  master-0:
    etcd-ca: {{token: {CANARY}, expires: 2099-11-23T12:00:00Z}}
"""


@pytest.fixture
def spec(tmp_path, monkeypatch):
    """A spec of three masters and one warning, as cluster.yaml in the current folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "cluster.yaml"
    path.write_text(SPEC)
    return path


@pytest.fixture
def secrets(tmp_path):
    """A file of secrets, which holds one token: the canary."""
    path = tmp_path / "secrets.yaml"
    path.write_text(SECRETS)
    path.chmod(0o600)
    return path


@pytest.fixture
def canary():
    """A token that nothing but user-data may ever show."""
    return CANARY


@pytest.fixture
def run():
    """Runs a command line in this process: its exit code, stdout and stderr."""
    runner = CliRunner()
    return lambda *args, **more: runner.invoke(app, [str(arg) for arg in args], **more)


@pytest.fixture
def start():
    """Starts a command line as users do, in a process of its own."""

    def started(*args, stdin=b"", cwd=None, **environment):
        return subprocess.run(
            [sys.executable, "-m", "cloudgen", *map(str, args)],
            input=stdin,
            capture_output=True,
            check=False,
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        )

    return started
