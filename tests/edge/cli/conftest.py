"""A folder with the article's spec in it, and cloudgen to run there: within the process, or as users start it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cloudgen.edge.cli.app import app

ROOT = Path(__file__).resolve().parents[3]
CANARY = "hvs.CANARY-5c1e0b7d"
SECRETS = f"""\
apiVersion: cloudgen/v1alpha1
kind: Secrets
tokens:
  master-0:
    etcd-ca: {{token: {CANARY}, expires: 2099-11-23T12:00:00Z}}
"""


@pytest.fixture
def spec(tmp_path, monkeypatch):
    """The article's spec as cluster.yaml in the current folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "cluster.yaml"
    path.write_bytes((ROOT / "examples" / "article.yaml").read_bytes())
    return path


@pytest.fixture
def secrets(tmp_path):
    """A file of secrets, which holds one token: the canary."""
    path = tmp_path / "secrets.yaml"
    path.write_text(SECRETS)
    path.chmod(0o600)
    return path


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
