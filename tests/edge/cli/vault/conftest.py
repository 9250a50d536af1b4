"""A cluster's spec in the current folder, a real server, and cloudgen run as users run it."""

import secrets as chance

import pytest

from tests.edge.cli.conftest import run, start
from tests.scripts.conftest import bao

__all__ = ["bao", "cluster", "run", "start", "vault"]
SPEC = """\
apiVersion: cloudgen/v1alpha1
clusterName: {name}
domain: example.org
kubernetesVersion: v1.30.4
masters: [{{name: master-0, address: 10.0.0.10}}]
vault: {{server: "https://vault.example.org:8200", authorities: {{mode: {mode}}}}}
binaries: {{keyKeeper: {{install: false}}}}
"""


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """Writes cluster.yaml of a cluster that nobody else knows; returns its name."""
    monkeypatch.chdir(tmp_path)

    def made(mode="self-signed"):
        name = f"c{chance.token_hex(4)}"
        (tmp_path / "cluster.yaml").write_text(SPEC.format(name=name, mode=mode))
        return name

    return made


@pytest.fixture
def vault(run, bao, monkeypatch):
    """Runs `cloudgen vault ...` in this process against the server."""
    monkeypatch.setenv("VAULT_ADDR", bao.address)
    monkeypatch.setenv("VAULT_TOKEN", bao.root)
    monkeypatch.delenv("VAULT_NAMESPACE", raising=False)
    monkeypatch.delenv("VAULT_CACERT", raising=False)
    return lambda command, *args, **more: run("vault", command, "cluster.yaml", *args, **more)
