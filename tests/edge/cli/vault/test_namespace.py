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
    minted = vault("mint", "--out", "s.yaml")
    # Nobody has told the machines of it.
    assert (minted.exit_code, f"and VAULT_NAMESPACE names {inside}" in minted.stderr) == (0, True)
    manifest = Path("s.yaml.manifest.json")
    assert f'"namespace": "{inside}"' in manifest.read_text()
    assert vault("status", "--manifest", manifest).exit_code == 0
    bao.call("POST", "sys/namespaces/other")
    for command in ("status", "revoke"):
        done = vault(command, "--manifest", manifest, env={"VAULT_NAMESPACE": "other"})
        assert (done.exit_code, f"namespace {inside}" in done.stderr) == (2, True)
    done = vault("revoke", "--manifest", manifest)
    assert done.stdout == "revoked: 17 tokens, 0 secret-ids\n"


def test_one_that_the_spec_names_is_not_mentioned(vault, inside, run):
    """Machines know it; and a throw-away server gets it, with the outer ones."""
    path = Path("cluster.yaml")
    path.write_text(path.read_text().replace("vault: {", f"vault: {{namespace: {inside}, "))
    minted = vault("mint", "--out", "s.yaml")
    assert (minted.exit_code, "VAULT_NAMESPACE" in minted.stderr) == (0, False)
    path.write_text(path.read_text().replace(f"namespace: {inside}", f"namespace: {inside}/within"))
    done = run("up", "cluster.yaml", "--out", "o", "--vault", "dev")
    assert (done.exit_code, len([*Path("o").rglob("user-data")])) == (0, 1)


def test_one_that_is_not_there_is_told(vault, cluster, monkeypatch):
    """By every command, in the same words."""
    cluster()
    monkeypatch.setenv("VAULT_NAMESPACE", "nowhere")
    for command in (["plan"], ["apply", "--yes"], ["mint", "--out", "s.yaml"], ["status"]):
        done = vault(*command)
        assert (done.exit_code, "knows no namespace nowhere" in done.stderr) == (2, True)
