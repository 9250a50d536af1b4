"""Each bad habit of key-keeper, and the machine that outlives it: pki.sh watch and what runs before key-keeper."""

import time
from pathlib import Path

import pytest
import yaml

from tests.key_keeper.running import until
from tests.vault.fronts import Front
from tests.vault.machine import Machine
from tests.vault.provisioning import new_pair


@pytest.fixture
def front(bao):
    """Vault that can be taken away."""
    with Front(bao.address) as served:
        yield served


def certificate(machine: Machine, name: str = "etcd-peer") -> tuple[Path, Path]:
    found = machine.pki.certificate(name)
    return Path(found.path), Path(found.key_path)


def kv(machine: Machine) -> str:
    return f"{machine.pki.names.prefix}/kv/data/{machine.pki.key_pair[0].secret}"


def halves(machine: Machine) -> list[tuple[Path, Path]]:
    return [(Path(half.staged), Path(half.path)) for half in machine.pki.key_pair]


def recovers(machine: Machine) -> bool:
    """One tick of the timer, and one restart of key-keeper, are enough."""
    before = machine.restarts
    code, _ = machine.watch()
    assert (code, machine.restarts) == (1, before + 1)
    return until(machine.complete, 60) and machine.watch()[0] == 0


def test_a_truncated_secret_never_replaces_a_good_key(booted, bao):
    """key-keeper empties its copy after a failed read; the key that the API uses stays, and the watch says why."""
    good = [path.read_bytes() for _, path in halves(booted)]
    stored = bao.call("GET", kv(booted))["data"]["data"]
    bao.call("DELETE", kv(booted))
    booted.boot_key_keeper()
    assert until(lambda: all(staged.read_bytes() == b"" for staged, _ in halves(booted)))
    code, output = booted.watch()
    assert code == 0, output
    assert "is empty, damaged or does not match its pair" in output
    assert [path.read_bytes() for _, path in halves(booted)] == good
    bao.call("POST", kv(booted), {"data": stored})


def test_a_secret_that_could_not_be_read_at_first_arrives(master, bao):
    """At the first boot there is no good key to keep: key-keeper is restarted until it has read it."""
    stored = bao.call("GET", kv(master))["data"]["data"]
    bao.call("DELETE", kv(master))
    assert master.run("unwrap.sh")[0] == 0
    master.boot_key_keeper()
    assert until(certificate(master, "kubelet-server")[1].exists, 60)
    code, output = master.run("pki.sh", "check")
    assert code == 1
    assert "kube-apiserver-sa.pem: missing" in output
    bao.call("POST", kv(master), {"data": stored})
    assert recovers(master)


def test_half_of_a_rotated_pair_is_not_staged(booted):
    """A key that does not match its other half stays where it is; once both are there, both are put in place."""
    private, public = halves(booted)
    pair = new_pair()
    private[0].write_text(pair["private"])
    assert booted.watch()[0] == 0
    assert private[1].read_text() != pair["private"]
    public[0].write_text(pair["public"])
    assert booted.watch()[0] == 0
    assert (private[1].read_text(), public[1].read_text()) == (pair["private"], pair["public"])


@pytest.mark.parametrize("damage", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_certificate_that_makes_key_keeper_panic_is_set_aside(booted, damage):
    """Alone it would exit 2 for ever; what runs before it takes the file away, and it is ordered anew."""
    path, key = certificate(booted)
    path.write_bytes(damage)
    assert booted.agent.once() == 2
    booted.boot_key_keeper(KEY_KEEPER_ONCE="1")
    assert booted.agent.process.wait(60) == 0, booted.agent.said
    assert booted.complete()
    assert Path(f"{path}.rejected").exists()
    assert Path(f"{key}.rejected").exists()


def test_a_certificate_that_is_spoilt_while_key_keeper_runs_comes_back(booted):
    """The watch finds it, sets it aside and restarts key-keeper."""
    booted.boot_key_keeper()
    path, _ = certificate(booted, "kubelet-client")
    path.write_bytes(b"")
    assert recovers(booted)
    assert booted.agent.process.poll() is None


def test_a_dropped_issuer_comes_back(booted):
    """One login that failed at the start is never tried again; the watch misses its certificate and restarts."""
    role_id = booted.issuer_files("etcd-peer")[1]
    text = role_id.read_text()
    role_id.write_text("")
    for file in certificate(booted):
        file.unlink()
    booted.boot_key_keeper()
    assert until(lambda: "issuer etcd-peer: connect to vault" in booted.agent.said)
    role_id.write_text(text)
    time.sleep(1)
    assert not certificate(booted)[0].exists(), "it never tries again by itself"
    assert recovers(booted)


def test_all_issuers_dropped_while_vault_was_away_come_back(making, front):
    """A start without Vault drops every issuer; no restart is wasted until Vault answers again."""
    machine = making(front.address)
    assert machine.run("unwrap.sh")[0] == 0
    front.down = True
    machine.boot_key_keeper()
    assert until(lambda: machine.agent.said.count("connect to vault") == len(machine.pki.issuers))
    code, output = machine.watch()
    assert code == 1
    assert "key-keeper is not restarted: Vault at" in output
    assert machine.restarts == 0
    front.down = False
    time.sleep(1)
    assert machine.agent.process.poll() is None
    assert not certificate(machine)[0].exists()
    assert recovers(machine)


def test_a_spinning_issuer_is_held_and_does_no_harm(making, front, bao):
    """A short token_ttl and an outage: it spins, its unit bounds core and log, and afterwards it orders again."""
    machine = making(front.address)
    for issuer in machine.pki.issuers:
        path = f"auth/{machine.pki.names.prefix}/approle/role/{issuer.app_role}"
        bao.call("POST", path, {"token_ttl": "60s"})
    assert machine.run("unwrap.sh")[0] == 0
    machine.boot_key_keeper()
    assert until(machine.complete, 60), machine.agent.said
    front.down = True
    lines = machine.agent.said.count("\n")
    time.sleep(3)
    assert machine.agent.said.count("\n") - lines > 300
    assert machine.run("pki.sh", "check") == (0, ""), "nothing that is there is lost"
    front.down = False
    for file in certificate(machine):
        file.unlink()
    assert until(machine.complete, 60), "it was held, not stopped: it logs in and orders again"
    assert machine.watch()[0] == 0


def test_the_unit_bounds_a_spinning_key_keeper(master):
    """CPU, log and file modes are the unit's own words; a Restart= and no start limit bring it back after a panic."""
    lines = set(master.unit.splitlines())
    wanted = {"CPUQuota=50%", "LogRateLimitBurst=200", "UMask=0077", "Restart=always", "StartLimitIntervalSec=0"}
    assert wanted <= lines
    assert any(line.startswith("ExecStartPre=") and "key-keeper-prestart.sh" in line for line in lines)


def test_no_certificate_has_a_trigger(master):
    """Triggers run after failures too, every 30 seconds: nothing may hang on them."""
    config = yaml.safe_load((Path(master.facts.paths.pki) / "vault-config").read_text())
    assert len(config["certificates"]) == 16
    assert not [c["name"] for c in config["certificates"] if "trigger" in c]


def test_an_expired_certificate_is_ordered_anew(making, bao):
    """It stays until the new one is there, and key-keeper is restarted for it."""
    machine = making()
    role = next(i for i in machine.pki.issuers if i.name == "etcd-peer")
    path = f"{role.mount}/roles/{role.role}"
    settings = bao.call("GET", path)["data"]
    bao.call("POST", path, settings | {"max_ttl": "3s", "not_before_duration": "0s"})
    assert machine.run("unwrap.sh")[0] == 0
    machine.boot_key_keeper(KEY_KEEPER_ONCE="1")
    assert machine.agent.process.wait(60) == 0
    machine.run("pki.sh", "stage")
    time.sleep(4)
    bao.call("POST", path, settings)
    code, output = machine.run("pki.sh", "check")
    assert code == 2
    assert "etcd-peer.pem: has expired" in output
    assert certificate(machine)[0].exists()
    assert recovers(machine)
