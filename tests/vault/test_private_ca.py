"""Vault behind a private authority: the script and key-keeper both verify it, and refuse every other."""

import pytest

from tests.scripts.minting import UNREACHABLE
from tests.vault.conftest import boot
from tests.vault.fronts import Front, private


@pytest.fixture
def authority(tmp_path):
    return private(tmp_path / "authority")


@pytest.fixture
def front(bao, authority):
    """Vault over TLS."""
    with Front(bao.address, authority) as served:
        yield served


def test_both_verify_a_private_authority(making, front, authority):
    """`caCert` becomes VAULT_CACERT for the script and caBundle for key-keeper; all files arrive."""
    machine = making(front.address, ca=authority.certificate.read_text())
    assert f'VAULT_CACERT="{machine.etc}/vault-ca.pem"' in (machine.etc / "bootstrap.env").read_text()
    boot(machine)
    assert machine.complete()
    assert machine.watch() == (0, "")


def test_in_a_namespace(making, front, authority, bao):
    """`namespace` reaches the script and key-keeper's unit: everything happens in it, and all files arrive."""
    bao.call("POST", "sys/namespaces/team-a")
    machine = making(front.address, ca=authority.certificate.read_text(), namespace="team-a")
    assert 'VAULT_NAMESPACE="team-a"' in (machine.etc / "bootstrap.env").read_text()
    boot(machine)
    assert machine.complete()


def test_the_script_refuses_another_authority(making, front, tmp_path):
    """Told in plain words within the bound; no token leaves the machine."""
    machine = making(front.address, ca=private(tmp_path / "other").certificate.read_text())
    tokens = {p: p.read_bytes() for p in (machine.state / "tokens").iterdir()}
    code, output = machine.run("unwrap.sh")
    assert code == UNREACHABLE
    assert f"Vault at {front.address} did not answer within 5 s: its certificate is not trusted" in output
    assert {p: p.read_bytes() for p in (machine.state / "tokens").iterdir()} == tokens
    assert list((machine.state / "unwrap").iterdir()) == []


def test_key_keeper_refuses_another_authority(making, front, authority, tmp_path):
    """With good credentials on the disk: its login fails, and what runs before it has said why."""
    machine = making(front.address, ca=authority.certificate.read_text())
    assert machine.run("unwrap.sh")[0] == 0
    (machine.etc / "vault-ca.pem").write_bytes(private(tmp_path / "other").certificate.read_bytes())
    code, output = machine.run("key-keeper-prestart.sh")
    assert code == 0
    assert "its certificate is not trusted, or VAULT_CACERT is no CA file" in output
    machine.agent.once()
    assert machine.agent.said.count("CERTIFICATE_VERIFY_FAILED") == len(machine.pki.issuers)
    assert not machine.complete()


def test_without_an_authority_the_system_decides(making, front):
    """No caCert: the system's authorities count, and do not know this one."""
    machine = making(front.address)
    code, output = machine.run("unwrap.sh")
    assert code == UNREACHABLE
    assert "its certificate is not trusted" in output
