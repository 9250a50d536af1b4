"""A cluster in a namespace of Vault: minted, watched, revoked there, and nowhere else."""

import secrets
from pathlib import Path

import pytest


@pytest.fixture
def inside(vault, cluster, bao, monkeypatch):
    """A provisioned cluster in a namespace, for a spec that names none."""
    cluster()
    name = f"n{secrets.token_hex(4)}"
    bao.call("POST", f"sys/namespaces/{name}")
    monkeypatch.setenv("VAULT_NAMESPACE", name)
    assert vault("apply", "--yes").exit_code == 0
    return name


def test_a_run_lies_in_its_namespace(vault, inside, bao):
    """The tokens unwrap there only; the manifest names it, and is refused for another."""
    assert vault("mint", "--out", "s.yaml").exit_code == 0
    manifest = Path("s.yaml.manifest.json")
    assert f'"namespace": "{inside}"' in manifest.read_text()
    assert vault("status", "--manifest", manifest).exit_code == 0
    bao.call("POST", "sys/namespaces/other")
    for command in ("status", "revoke"):
        done = vault(command, "--manifest", manifest, env={"VAULT_NAMESPACE": "other"})
        assert (done.exit_code, f"namespace {inside}" in done.stderr) == (2, True)
    done = vault("revoke", "--manifest", manifest)
    assert done.stdout == "revoked: 17 tokens, 0 secret-ids\n"


def test_one_that_is_not_there_is_told(vault, cluster, monkeypatch):
    """By every command, in the same words."""
    cluster()
    monkeypatch.setenv("VAULT_NAMESPACE", "nowhere")
    for command in (["plan"], ["apply", "--yes"], ["mint", "--out", "s.yaml"], ["status"]):
        done = vault(*command)
        assert (done.exit_code, "knows no namespace nowhere" in done.stderr) == (2, True)
