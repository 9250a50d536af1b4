"""`cloudgen up` against a real server: provision, mint and render in one command."""

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from cloudgen.encoders import ENCODERS
from cloudgen.iso import contents
from cloudgen.pieces import File
from cloudgen.vault.manifest import Manifest, to_text
from tests.edge.cli.vault.conftest import cluster, vault
from tests.edge.cli.vault.labs import SPEC, Lab, Nth
from tests.edge.vault.servers import Front
from tests.scripts.conftest import bao
from tests.scripts.sandbox import Bao

__all__ = ["bao", "cluster", "vault"]
OUT = Path("build")


class Up:
    """Runs `cloudgen up cluster.yaml --out build` for a cluster of three that Vault does not know yet."""

    def __init__(self, run: Any, vault: Any, bao: Bao, name: str) -> None:
        self.run, self.vault, self.bao, self.name = run, vault, bao, name
        Path("cluster.yaml").write_text(SPEC.format(name=name, masters=3, bootstrap="{}"))

    def __call__(self, *args: str, **more: Any) -> Any:
        """What it says holds no token."""
        done = self.run("up", "cluster.yaml", "--out", OUT, *args, **more)
        said = done.stdout + done.stderr + repr(done.exception)
        planted = {self.bao.root, *(text for machine in machines() for text in tokens(machine).values())}
        assert not [token for token in planted if token in said]
        return done

    @property
    def lab(self) -> Lab:
        """The cluster, provisioned."""
        return Lab(self.name, self.vault, self.bao, 3)


@pytest.fixture
def up(run, vault, cluster, bao):
    """Runs the command in a folder of its own."""
    return Up(run, vault, bao, cluster())


def machines() -> list[str]:
    return sorted(path.parent.name for path in OUT.glob("*/*/user-data"))


def tokens(machine: str) -> dict[str, str]:
    """The tokens in the user-data of a machine, by issuer."""
    (path,) = OUT.glob(f"*/{machine}/user-data")
    node = ENCODERS["cloud-config"].decode(path.read_text())
    files = {f.path: f.content for f in node.of(File) if f.path.startswith("/var/lib/cloudgen/tokens/")}
    assert all(isinstance(content, str) for content in files.values())
    return {path.rpartition("/")[2]: str(content).split("\n")[0] for path, content in files.items()}


def test_from_an_empty_vault_to_user_data(up, bao):
    """Every machine's own tokens are in its file, which is 0600 and the only place; they can be used."""
    done = up("--yes")
    assert done.exit_code == 0, done.stderr
    assert machines() == ["master-0", "master-1", "master-2"]
    found = {machine: tokens(machine) for machine in machines()}
    assert len({token for own in found.values() for token in own.values()}) == 51
    files = [path for path in Path().rglob("*") if path.is_file()]
    holders = {path.name for path in files if found["master-0"]["etcd-ca"] in path.read_text()}
    assert holders == {"user-data"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in OUT.rglob("*") if path.is_file()} == {0o600}
    inner = bao.call("POST", "sys/wrapping/unwrap", X_Vault_Token=found["master-1"]["etcd-ca"])["auth"]
    assert inner["token_policies"] == [f"clusters/{up.name}/bootstrap/etcd-ca-master-1"]
    again = up("--yes", "--machine", "master-2", "--json")
    assert [row["machine"] for row in json.loads(again.stdout)["machines"]] == ["master-2"]
    assert tokens("master-0") == found["master-0"]
    assert set(tokens("master-2").values()).isdisjoint(found["master-2"].values())


def test_a_seed_holds_what_is_beside_it(up):
    """The tokens of its machine, in a file that nobody else reads."""
    done = up("--yes", "--machine", "master-1", "--seed", "nocloud-iso")
    assert done.exit_code == 0, done.stderr
    (image,) = OUT.rglob("nocloud.iso")
    assert contents(image.read_bytes(), 1 << 24)["user-data"] == (image.parent / "user-data").read_bytes()
    assert tokens("master-1")["etcd-ca"].encode() in image.read_bytes()
    assert stat.S_IMODE(image.stat().st_mode) == 0o600


def test_a_seed_that_cannot_be_is_told_before_vault_is_asked(up, monkeypatch):
    """No token is made for nothing."""
    monkeypatch.setitem(sys.modules, "pycdlib", None)
    done = up("--yes", "--seed", "nocloud-iso", env={"VAULT_ADDR": "http://127.0.0.1:9"})
    assert (done.exit_code, machines()) == (2, [])
    assert "pip install 'cloudgen[seed]'" in done.stderr
    assert "127.0.0.1:9" not in done.stderr


def test_the_policies_for_apply_and_mint_are_enough_together(up, bao):
    """Each alone is not, and what it lacks is told before anything is changed."""
    tokens_of = {}
    for names in (("apply",), ("mint",), ("apply", "mint")):
        for purpose in names:
            text = up.vault("policy", "--for", purpose).stdout
            bao.call("PUT", f"sys/policies/acl/{up.name}-{purpose}", {"policy": text})
        body = {"policies": [f"{up.name}-{purpose}" for purpose in names], "no_default_policy": True}
        tokens_of[names] = bao.call("POST", "auth/token/create", body)["auth"]["client_token"]
    for names, token in tokens_of.items():
        done = up("--yes", "--machine", "master-0", env={"VAULT_TOKEN": token})
        assert (done.exit_code, "lacks" in done.stderr) == ((0, False) if len(names) > 1 else (2, True))


def test_it_asks_first(up):
    """Where nobody can be asked, nothing is changed or written without --yes."""
    done = up()
    assert (done.exit_code, "add --yes" in done.stderr, machines()) == (2, True, [])


def test_the_manifest_of_another_vault_is_told_before_this_one_is_changed(up):
    """Where VAULT_ADDR names the wrong server, it stays as it was."""
    kept = OUT / up.name / "mint.manifest.json"
    kept.parent.mkdir(parents=True)
    kept.write_text(to_text(Manifest(cluster=up.name, server="https://vault.example.org:8200")))
    done = up("--yes")
    assert (done.exit_code, "in Vault at https://vault.example.org:8200, not of" in done.stderr) == (2, True)
    assert "+ mount " in up.vault("plan").stdout


def test_a_failure_leaves_nothing(up, bao):
    """When minting fails halfway, what was minted is revoked and no user-data is written."""
    with Front(bao.address, Nth(20, 500)) as front:
        done = up("--yes", env={"VAULT_ADDR": front.address})
    assert (done.exit_code, machines()) == (2, [])
    assert "is revoked, with all that it minted" in done.stderr
    assert up.lab.alive() == []


def test_a_fault_of_the_spec_is_found_before_vault_is_asked(up):
    """Also one that only rendering finds."""
    Path("cluster.yaml").write_text(
        Path("cluster.yaml").read_text() + "files: [{path: /var/lib/cloudgen/tokens/etcd-ca, content: x}]\n"
    )
    done = up("--yes", env={"VAULT_ADDR": "http://127.0.0.1:9"})
    assert (done.exit_code, machines()) == (2, [])
    assert "127.0.0.1:9" not in done.stderr


def test_what_every_machine_shares_is_told_once(up):
    """Three masters over the provider's limit are one error."""
    text = Path("cluster.yaml").read_text()
    Path("cluster.yaml").write_text(f"{text}provider: aws\npacking: plain\n")
    done = up("--yes")
    assert (done.exit_code, done.stderr.count("error[$.provider]: ")) == (2, 1)
    assert ", the largest of 3: " in done.stderr


def test_an_unknown_machine_is_told(up):
    """Before anything is made."""
    done = up("--yes", "--machine", "master-7")
    assert (done.exit_code, "no machine is named master-7" in done.stderr) == (2, True)


def test_a_demo_needs_no_server(up, monkeypatch):
    """--vault dev brings its own for the time of the command, and says so; the operator's token is not used."""
    monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:9")
    monkeypatch.delenv("VAULT_TOKEN")
    done = up("--vault", "dev", "--machine", "master-0")
    assert done.exit_code == 0, done.stderr
    assert "a demo: this Vault ends with the command" in done.stderr
    assert (machines(), len(tokens("master-0"))) == (["master-0"], 17)
    assert not list(OUT.rglob("*.json"))
