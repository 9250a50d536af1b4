"""Every command under every fault: a clear word and what to do, no secret anywhere, nothing left, and the next run.

Over TLS with a private authority, against a server of this module's own that is really sealed and whose operator
really loses his token and his policy.
"""

import json
import logging
import re
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cloudgen.edge.cli.app import app
from tests.edge.cli.vault.worlds import Fault, World
from tests.openbao import development_server, unseal_key


def dawdle() -> int:
    """Longer than anybody waits."""
    time.sleep(1.5)
    return 0


FROM_THE_START = {
    "down": Fault("the connection to Vault at .* fails", "gone"),
    "sealed": Fault("is sealed", begin=World.seal, end=World.unseal),
    "slow": Fault("does not answer in time", dawdle, environment={"VAULT_CLIENT_TIMEOUT": "400ms"}),
    "busy": Fault("is too busy", 429),
    "behind a busy proxy": Fault("is too busy", 503),
    "an authority that is not named": Fault("is not trusted", environment={"VAULT_CACERT": ""}),
    "another authority": Fault("is not trusted", environment={"VAULT_CACERT": "other/ca.pem"}),
    "an unknown token": Fault("does not know the token", begin=World.dismiss, end=World.enlist),
    "a weak token": Fault("lacks", begin=World.hamper, end=World.empower),
}
IN_THE_MIDST = {
    "down": Fault("the connection to Vault at .* fails", "gone"),
    "cut": Fault("the connection to Vault at .* fails", "lost"),
    "sealed": Fault("is sealed", begin=World.seal, end=World.unseal),
    "slow": Fault("does not answer in time", dawdle, environment={"VAULT_CLIENT_TIMEOUT": "1"}),
    "busy": Fault("is too busy", 429),
    "behind a busy proxy": Fault("is too busy", 503),
    "failing": Fault("failed to", 500),
    "token revoked": Fault("may not", begin=World.dismiss, end=World.enlist),
    "policy taken away": Fault("may not", begin=World.hamper, end=World.empower),
}
ASKING = {
    "plan": "vault plan cluster.yaml",
    "apply": "vault apply cluster.yaml --yes",
    "mint": "vault mint cluster.yaml --out s.yaml",
    "dry run": "vault mint cluster.yaml --out s.yaml --dry-run",
    "status": "vault status cluster.yaml --manifest s.yaml.manifest.json",
    "revoke": "vault revoke cluster.yaml --manifest s.yaml.manifest.json",
    "up": "up cluster.yaml --out build --yes --secrets s.yaml",
}
NOT_ASKING = {
    "policy": "vault policy cluster.yaml --for mint",
    "check": "check cluster.yaml",
    "render": "render cluster.yaml --out build --secrets s.yaml --seed nocloud",
    "limits": "limits cluster.yaml",
    "unpack": "unpack build/shaky/master-0/user-data --out tree --force",
    "verify": "verify --root tree --json",
}
MIDST = {
    "plan": (5, "GET /v1/auth/"),
    "apply": (2, "POST /v1/auth/"),
    "mint": (5, "POST /v1/auth/token/create/"),
    "status": (5, "POST /v1/auth/token/lookup-accessor"),
    "revoke": (5, "POST /v1/auth/token/revoke-accessor"),
    "up": (5, "POST /v1/auth/token/create/"),
}
"""The request at which it begins: amid those for which the command is there."""
UP = Path("build/shaky/mint.manifest.json")
MANIFESTS = (Path("s.yaml.manifest.json"), UP)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A server that may be sealed, with one cluster."""
    server = tmp_path_factory.mktemp("server")
    runner = CliRunner()
    with (
        pytest.MonkeyPatch.context() as patch,
        development_server(server) as bao,
    ):
        patch.chdir(tmp_path_factory.mktemp("world"))
        patch.setenv("HOME", str(Path.cwd()))
        patch.delenv("VAULT_NAMESPACE", raising=False)
        with World(
            bao, unseal_key(server), lambda *args, **more: runner.invoke(app, list(map(str, args)), **more)
        ).open() as made:
            yield made


@pytest.fixture
def run(world, caplog):
    """Runs a command, whose words, log and exceptions are silent."""
    caplog.set_level(logging.DEBUG)

    def ran(command, *more, **environment):
        done = world.run(*command.split(), *more, **environment)
        chain, fault = [], done.exception
        while fault is not None:
            chain.append(f"{fault!r} {fault.args}")
            fault = fault.__cause__ or fault.__context__
        world.silent(done.stdout, done.stderr, caplog.text, *chain)
        assert "Traceback" not in done.stderr
        assert isinstance(done.exception, SystemExit | None)
        return done

    return ran


def recorded():
    """Issuers, or `run`, of every token that stands in a manifest."""
    runs = [run for path in MANIFESTS if path.exists() for run in json.loads(path.read_text())["runs"]]
    assert all(run["complete"] for run in runs)
    return sorted(["run"] * len(runs) + [token["issuer"] for run in runs for token in run["tokens"]])


@pytest.mark.parametrize("name", FROM_THE_START)
def test_from_the_start(world, run, name):
    """Whoever asks Vault says what is wrong and what to do, in words and as JSON, and changes nothing; others go on."""
    fault = FROM_THE_START[name]
    world.prepare()
    before = world.lab.alive()
    with world.under(fault):
        for command in ASKING.values():
            told = run(command, **fault.environment)
            assert told.exit_code == 2, command
            assert re.search(rf"error: .*{fault.says}.*\n  = help: \w", told.stderr), told.stderr
            (problem,) = json.loads(run(command, "--json", **fault.environment).stdout)["problems"]
            assert (bool(re.search(fault.says, problem["message"])), bool(problem["remedy"])) == (True, True)
        for command in NOT_ASKING.values():
            # No machine has booted from what verify looks at.
            assert run(command, **fault.environment).exit_code == command.startswith("verify"), command
    assert world.lab.alive() == before


def test_keys_pass_unseen_too(world, run):
    """The service-account key pair is made anew here. What passes is really watched: saying it would be noticed."""
    world.prepare()
    world.bao.call("DELETE", f"{world.lab.prefix}/kv/metadata/kube-apiserver-sa")
    assert run(f"{ASKING['apply']} --json").exit_code == 0
    (line,) = [secret for secret in world.passed if len(secret) == 64]
    with pytest.raises(AssertionError):
        world.silent(f"-----BEGIN RSA PRIVATE KEY-----\n{line}\n")


def test_a_throw_away_vault_tells_no_token_either(run):
    """Neither its own nor the operator's, which it has no use for."""
    done = run("up cluster.yaml --out build --yes --secrets s.yaml --vault dev --machine master-0")
    said = "".join([done.stdout, done.stderr, *(path.read_text() for path in Path().rglob("*") if path.is_file())])
    assert (done.exit_code, re.search(r"dev-[0-9a-f]{32}", said)) == (0, None)


@pytest.mark.parametrize("command", MIDST)
@pytest.mark.parametrize("name", IN_THE_MIDST)
def test_in_the_midst(world, run, name, command):
    """It is told; the next run completes, and then every token that is alive at Vault stands in a manifest."""
    fault, line = IN_THE_MIDST[name], ASKING[command]
    world.prepare()
    if command == "up" and not UP.exists():
        assert run(line).exit_code == 0
    with world.under(fault, *MIDST[command]):
        told = run(line, **fault.environment)
    assert told.exit_code == 2
    assert re.search(rf"error: .*{fault.says}.*\n  = help: \w", told.stderr)
    again = run(line)
    assert again.exit_code == (1 if command == "plan" else 0), again.stderr
    assert world.lab.alive() == recorded()
