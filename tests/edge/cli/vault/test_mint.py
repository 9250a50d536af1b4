"""`cloudgen vault mint` against a real server: what is minted, for whom, and what it can do."""

import json
import stat
import subprocess
import time
import urllib.error
from datetime import datetime
from pathlib import Path

import pytest

from cloudgen.edge.vault.records import records
from cloudgen.vault.manifest import Manifest
from tests.edge.cli.vault.labs import SPEC, Lab
from tests.edge.vault.servers import Front


@pytest.fixture
def lab(vault, cluster, bao):
    """Makes a provisioned cluster."""
    return lambda masters=1, **bootstrap: Lab(cluster(), vault, bao, masters, **bootstrap)


def test_one_token_for_each_machine_and_issuer(lab):
    """Three machines get 17 tokens each, no two alike, in files that nobody else reads; all are children of one run."""
    three = lab(masters=3)
    done = three.minted()
    lines = three.lines()
    assert (len(lines), len({line[0] for line in lines.values()})) == (51, 51)
    assert done.stdout.splitlines()[-1].startswith("51 tokens minted into s.yaml")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (three.out, three.path)] == [0o600, 0o600]
    (run,) = three.runs
    assert (run["complete"], len(run["tokens"]), set(three.accessors)) == (True, 51, set(lines))
    three.bao.call("POST", "auth/token/revoke-accessor", {"accessor": run["accessor"]})
    assert three.alive() == []


def test_a_token_has_two_uses_and_two_paths(lab):
    """It opens its own role-id and secret-id, then nothing; it is not renewable, names its run, ends with its boot."""
    one = lab()
    one.minted()
    inner = one.look(one.accessors["master-0", "etcd-ca"][1]) or {}
    assert (inner["num_uses"], inner["renewable"], inner["orphan"]) == (2, False, False)
    assert inner["policies"] == [f"{one.prefix}/bootstrap/etcd-ca-master-0"]
    assert inner["explicit_max_ttl"] == 1800
    run = one.runs[0]["run"]
    assert inner["meta"] == {"cluster": one.name, "machine": "master-0", "issuer": "etcd-ca", "run": run}
    told = one.bao.call("POST", "sys/wrapping/lookup", {"token": one.lines()["master-0", "etcd-ca"][0]})["data"]
    assert told["creation_path"] == f"auth/token/create/{one.name}_master-0"
    token = one.unwrap("etcd-ca")["auth"]["client_token"]
    with pytest.raises(urllib.error.HTTPError, match="400"):
        one.unwrap("etcd-ca")
    assert one.bao.refused("GET", f"auth/{one.prefix}/approle/role/etcd-peer-master-0/role-id", token)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        one.exchange(token, "etcd-ca")
    second = one.unwrap("etcd-peer")["auth"]["client_token"]
    one.exchange(second, "etcd-peer")
    assert one.bao.refused("GET", f"auth/{one.prefix}/approle/role/etcd-peer-master-0/role-id", second)


def test_the_end_is_vaults_own_rounded_down(lab):
    """What stands beside a token is the server's moment of creation, in whole seconds, and the wrapping's TTL."""
    one = lab(wrapTtl="7m")
    one.minted()
    for token, expires in one.lines().values():
        told = one.bao.call("POST", "sys/wrapping/lookup", {"token": token})["data"]
        began = int(datetime.fromisoformat(told["creation_time"]).timestamp())
        assert (int(expires), told["creation_ttl"]) == (began + 420, 420)
    assert {token["expires"] for token in one.runs[0]["tokens"]} == {int(line[1]) for line in one.lines().values()}


def test_the_run_outlives_its_tokens_and_its_operator(lab):
    """The run token is an orphan, lives longer than any child may, and goes on after its operator has logged out."""
    one = lab()
    policy = one.vault("policy", "--for", "mint").stdout
    one.bao.call("PUT", f"sys/policies/acl/minting-{one.name}", {"policy": policy})
    made = one.bao.call("POST", "auth/token/create", {"policies": [f"minting-{one.name}"], "no_default_policy": True})
    operator = made["auth"]["client_token"]
    assert one.mint(env={"VAULT_TOKEN": operator}).exit_code == 0
    one.bao.call("POST", "auth/token/revoke", {"token": operator})
    run = one.look(one.runs[0]["accessor"]) or {}
    assert (run["orphan"], run["ttl"] > 1800 + 1800, run["policies"]) == (True, True, [f"{one.prefix}/run"])
    one.use("etcd-ca")


def test_the_least_policies_are_enough_and_needed(lab):
    """mint, status and revoke work with the policies that cloudgen prints; another's is refused with what lacks."""
    one = lab()
    for purpose in ("mint", "status", "revoke"):
        text = one.vault("policy", "--for", purpose).stdout
        one.bao.call("PUT", f"sys/policies/acl/{purpose}-{one.name}", {"policy": text})

    def run_as(purpose: str, command: str, *arguments: object) -> tuple[int, str]:
        body = {"policies": [f"{purpose}-{one.name}"], "no_default_policy": True}
        token = one.bao.call("POST", "auth/token/create", body)["auth"]["client_token"]
        done = one.vault(command, *arguments, env={"VAULT_TOKEN": token})
        assert token not in done.stdout + done.stderr
        return done.exit_code, done.stderr

    code, said = run_as("status", "mint", "--out", "s.yaml")
    assert (code, "lacks update at" in said, "--for mint" in said) == (2, True, True)
    assert run_as("mint", "mint", "--out", "s.yaml")[0] == 0
    assert run_as("status", "status", "--manifest", "s.yaml.manifest.json")[0] == 0
    assert run_as("status", "revoke", "--manifest", "s.yaml.manifest.json")[0] == 2
    assert run_as("revoke", "revoke", "--manifest", "s.yaml.manifest.json")[0] == 0


def test_parts_join_what_is_there(lab):
    """A machine or an issuer can be minted for alone: other tokens and named secrets stay, the replaced token dies."""
    two = lab(masters=3)
    two.minted("--machine", "master-0")
    assert {machine for machine, _ in two.lines()} == {"master-0"}
    two.out.write_text(two.out.read_text() + "named: {registry: 'x: y'}\n")
    before, old = two.lines(), two.accessors
    two.minted("--machine", "master-0", "--machine", "master-2", "--issuer", "etcd-ca", "--issuer", "etcd-peer")
    after = two.lines()
    changed = {key for key in after if after[key] != before.get(key)}
    assert changed == {(m, i) for m in ("master-0", "master-2") for i in ("etcd-ca", "etcd-peer")}
    assert "registry" in two.out.read_text()
    assert len(two.runs) == 2
    assert two.look(old["master-0", "etcd-ca"][1]) is None
    assert two.look(old["master-0", "etcd-client"][1]) is not None
    assert set(two.accessors) == set(after)


def test_unknown_names_are_told(lab):
    """A machine or an issuer that nobody bears is told with what it may have been."""
    done = lab().mint("--machine", "master-7", "--issuer", "etcd-pear")
    assert done.exit_code == 2
    assert "no machine is named master-7" in done.stderr
    assert "did you mean etcd-peer?" in done.stderr


def test_a_dry_run_only_reads(lab, bao):
    """Everything is looked at, nothing is made, no file is written."""
    one, asked = lab(), list[str]()

    def judge(method: str, path: str) -> int:
        asked.append(f"{method} {path}")
        return 0

    with Front(bao.address, judge) as front:
        done = one.mint("--dry-run", env={"VAULT_ADDR": front.address})
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "17 tokens would be minted")
    assert {line for line in asked if not line.startswith("GET")} == {"POST /v1/sys/capabilities-self"}
    assert sorted(path.name for path in Path().iterdir()) == ["cluster.yaml"]


def test_a_git_work_tree_is_refused_unless_ignored(lab, monkeypatch):
    """Also below a folder of it, under another environment, and without git to ask; nothing is minted then."""
    one = lab()
    subprocess.run(["git", "init", "-q", "."], check=True)
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    Path("below").mkdir()
    for out in ("s.yaml", "below/s.yaml"):
        done = one.vault("mint", "--out", out)
        assert (done.exit_code, "git does not ignore it" in done.stderr) == (2, True)
    assert one.alive() == []
    Path(".gitignore").write_text("s.yaml\n")
    assert one.vault("mint", "--out", "below/s.yaml").exit_code == 0
    monkeypatch.setenv("PATH", "/nowhere")
    assert "no git to ask" in one.vault("mint", "--out", "s.yaml").stderr


def test_git_is_given_no_token(lab, tmp_path, monkeypatch):
    """It is asked whether it ignores a file, in an environment that holds none."""
    one = lab()
    Path(".git").mkdir()
    stub = tmp_path / "git"
    stub.write_text(f"#!/bin/sh\nenv >{tmp_path}/seen\n")
    stub.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    one.minted("--issuer", "etcd-ca")
    assert not [line for line in (tmp_path / "seen").read_text().splitlines() if line.startswith(("VAULT_", "BAO_"))]


def test_what_is_no_file_of_secrets_is_not_overwritten(lab):
    """Something else at the place, a file open to others, and stdout are refused before anything is minted."""
    one = lab()
    one.out.write_text("hello: world\n")
    one.out.chmod(0o600)
    assert one.vault("mint", "--out", one.out).exit_code == 2
    one.out.chmod(0o644)
    assert "chmod 600" in one.vault("mint", "--out", one.out).stderr
    assert one.vault("mint", "--out", "-").exit_code == 2
    assert one.out.read_text() == "hello: world\n"
    assert one.alive() == []


def test_live_machines_are_not_cut_off_by_the_way(lab):
    """Where secret-ids are in use, minting is refused; --replace destroys them once the new tokens are written."""
    one = lab()
    one.minted()
    one.use("etcd-ca")
    refused = one.mint()
    assert (refused.exit_code, "master-0 may live on secret-ids" in refused.stderr) == (2, True)
    assert one.alive().count("run") == 1
    done = one.minted("--replace")
    assert "1 older secret-id destroyed" in done.stderr
    assert one.status() == (0, dict.fromkeys(one.lines(), ("unused", 0)))


def test_roles_must_be_there(lab, bao):
    """Before an apply, and with a role changed by hand, it says so and mints nothing."""
    one = lab()
    bao.call("DELETE", f"auth/{one.prefix}/approle/role/etcd-ca-master-0")
    done = one.mint()
    assert (done.exit_code, "run cloudgen vault apply" in done.stderr) == (2, True)
    one.vault("apply", "--yes")
    for drift in ({"orphan": True}, {"token_explicit_max_ttl": 60}, {"token_num_uses": 1}):
        bao.call("POST", f"auth/token/roles/{one.name}_master-0", drift)
        assert "is not as the spec needs it" in one.mint().stderr
        one.vault("apply", "--yes")
    assert one.alive() == []


@pytest.mark.parametrize(
    ("now", "tells"), [({"bootMargin": "40m"}, "not as the spec"), ({"mode": "wrapped-secret-id"}, "the run's token")]
)
def test_a_bootstrap_that_was_changed_since_is_applied_first(lab, now, tells):
    """Tokens would live shorter than said, or their run may not make them: what to do is to apply."""
    one = lab()
    Path("cluster.yaml").write_text(SPEC.format(name=one.name, masters=1, bootstrap=json.dumps(now)))
    done = one.mint()
    assert (done.exit_code, tells in done.stderr, "vault plan, then apply" in done.stderr) == (2, True, True)
    assert one.alive() == []


def test_one_at_a_time(lab, bao):
    """While another run holds the manifest, nothing is minted."""
    one = lab()
    with records(one.path.absolute(), Manifest(cluster=one.name, server=bao.address)):
        done = one.mint()
    assert (done.exit_code, "another cloudgen mints" in done.stderr) == (2, True)


def test_a_manifest_of_another_server_is_not_touched(lab):
    """Its accessors mean nothing here, and so cannot be judged."""
    one = lab()
    one.minted()
    text = one.path.read_text().replace('"server": "http', '"server": "https')
    one.path.write_text(text)
    for done in (one.mint(), one.vault("status", "--manifest", one.path), one.vault("revoke", "--manifest", one.path)):
        assert (done.exit_code, "look at VAULT_ADDR" in done.stdout + done.stderr) == (2, True)
    assert one.path.read_text() == text


def test_json_tells_the_same(lab):
    """Machines, issuers and ends, and no token."""
    done = lab().minted("--json", "--issuer", "etcd-ca")
    (row,) = json.loads(done.stdout)["minted"]
    assert (row["machine"], row["issuer"]) == ("master-0", "etcd-ca")
    assert datetime.fromisoformat(row["expires"]).timestamp() > time.time()


def test_a_root_token_only_for_who_says_so(lab, bao):
    """In mode shared each machine gets its own token; the article's root token takes an option, with a warning."""
    one = lab(masters=3, mode="shared")
    one.minted("--machine", "master-0")
    assert one.lines()["master-0", "shared"][0] != bao.root
    done = one.mint("--machine", "master-1", "--allow-root-token")
    assert (done.exit_code, "has Vault, and all that it holds" in done.stderr) == (0, True)
    assert one.lines()["master-1", "shared"] == [bao.root, "4102444799"]
    body = {"policies": ["default"], "ttl": "1h"}
    weak = bao.call("POST", "auth/token/create", body)["auth"]["client_token"]
    assert "is no root token" in one.mint("--allow-root-token", env={"VAULT_TOKEN": weak}).stderr
    assert "in mode wrapped-token" in lab().mint("--allow-root-token").stderr


@pytest.mark.parametrize(("network", "opens"), [("127.0.0.0/8", True), ("192.0.2.0/24", False)])
def test_a_bound_token_opens_nothing_from_elsewhere(lab, network, opens):
    """It unwraps anywhere, and what is inside works in its network alone."""
    one = lab()
    text = Path("cluster.yaml").read_text().replace("vault: {", f"vault: {{boundCidrs: [{network}], ")
    Path("cluster.yaml").write_text(text)
    assert one.vault("apply", "--yes").exit_code == 0
    one.minted("--issuer", "etcd-ca")
    token = one.unwrap("etcd-ca")["auth"]["client_token"]
    assert one.bao.refused("GET", f"auth/{one.prefix}/approle/role/etcd-ca-master-0/role-id", token) is not opens
