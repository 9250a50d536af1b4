"""`cloudgen vault plan --prune` and `apply --prune`, as users see them."""

import json
from pathlib import Path

import pytest

from tests.edge.cli.vault.labs import SPEC, Lab

NEEDED = "no changes: Vault holds what the spec needs"


@pytest.fixture
def lab(cluster, vault, bao):
    """A cluster that had three masters, and has one."""
    made = Lab(cluster(), vault, bao, masters=3)
    Path("cluster.yaml").write_text(SPEC.format(name=made.name, masters=1, bootstrap="{}"))
    assert vault("apply", "--yes").exit_code == 0
    return made


def test_what_is_not_needed_is_shown_and_is_no_change(lab, vault):
    """Neither plan nor apply deletes it unasked; who reads JSON finds it by itself."""
    shown = vault("plan")
    lines = shown.stdout.splitlines()
    assert (shown.exit_code, lines[-1]) == (0, NEEDED)
    assert lines[0] == (f"? AppRole auth/{lab.prefix}/approle/role/etcd-ca-master-1: not needed any more, left alone")
    assert lines[-3] == "    118 paths that the cluster needed once: apply --prune deletes them"
    assert vault("apply").exit_code == 0
    held = json.loads(vault("plan", "--json").stdout)
    assert (held["steps"], len(held["unneeded"]), held["unmanaged"]) == ([], 118, [])
    assert {"what": "token role", "name": f"auth/token/roles/{lab.name}_master-2"} in held["unneeded"]


def test_asked_it_is_shown_confirmed_and_deleted(lab, vault):
    """One by one and AppRoles first; then nothing is left to do, asked or not."""
    shown = vault("plan", "--prune")
    lines = shown.stdout.splitlines()
    assert (shown.exit_code, lines[-1]) == (1, "118 to delete")
    assert lines[0] == f"- AppRole auth/{lab.prefix}/approle/role/etcd-ca-master-1"
    assert lines[-3] == f"- policy {lab.prefix}/bootstrap/kubernetes-ca-master-2"
    assert "\x1b[31m- AppRole" in vault("plan", "--prune", "--color", "always").stdout
    held = json.loads(vault("plan", "--prune", "--json").stdout)
    assert ({step["action"] for step in held["steps"]}, held["unneeded"]) == ({"delete"}, [])
    unasked = vault("apply", "--prune")
    assert (unasked.exit_code, "add --yes" in unasked.stderr) == (2, True)
    done = vault("apply", "--prune", "--yes")
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "done: 118")
    for again in (vault("plan"), vault("plan", "--prune"), vault("apply", "--prune")):
        assert (again.exit_code, again.stdout) == (0, f"{NEEDED}\n")


def test_a_machine_that_is_named_anew_has_nothing_of_the_old_one(lab, vault):
    """What the new one needs is made first, and what the old one had goes last."""
    vault("apply", "--prune", "--yes")
    path = Path("cluster.yaml")
    path.write_text(path.read_text().replace("masters: {count: 1}", "masters: [{name: other}]"))
    lines = [line for line in vault("apply", "--prune", "--yes").stdout.splitlines() if line[:2] in {"+ ", "~ ", "- "}]
    signs = "".join(line[0] for line in lines)
    assert signs.lstrip("+~") == "-" * 59
    assert all("master-0" in line for line in lines[-59:])
    assert vault("plan").stdout == f"{NEEDED}\n"


def test_a_weak_token_is_told_before_anything_is_done(lab, vault, bao):
    """With the command that prints the policy it needs; that one is enough."""

    def minted(purpose):
        name = f"{lab.name}-{purpose}"
        bao.call("PUT", f"sys/policies/acl/{name}", {"policy": vault("policy", "--for", purpose).stdout})
        body = {"policies": [name], "no_default_policy": True, "no_parent": True}
        return {"VAULT_TOKEN": bao.call("POST", "auth/token/create", body)["auth"]["client_token"]}

    weak = minted("apply")
    assert vault("plan", "--prune", env=weak).exit_code == 1
    told = vault("apply", "--prune", "--yes", env=weak)
    assert (told.exit_code, "lacks delete at" in told.stderr, "--for prune" in told.stderr) == (2, True, True)
    assert vault("plan").stdout.count("not needed") == 118
    assert vault("apply", "--prune", "--yes", env=minted("prune")).exit_code == 0
