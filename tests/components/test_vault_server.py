from cloudgen.secrets import SecretRef
from tests.specs import content, messages, node, paths

UNIT = "/etc/systemd/system/vault.service"
ON = {"enabled": True, "environmentFrom": {"secret": "vault"}}


def test_it_runs_on_the_first_master_only(golden):
    """The lab's Vault is on one machine."""
    assert content(UNIT, vaultServer=ON) == golden(name="vault.service")
    assert UNIT not in paths("master-1", vaultServer=ON)
    assert UNIT not in paths()


def test_its_token_is_a_secret():
    """The root token is in no unit and in no golden."""
    file = node(vaultServer=ON).file("/etc/cloudgen/vault-server.env")
    assert file is not None
    assert (file.content, file.mode) == (SecretRef("named", "", "vault"), 0o600)
    assert "the lab's Vault needs a root token from a secret" in messages(vaultServer={"enabled": True})


def test_it_is_told_what_it_is():
    """Nobody takes it for a real one by accident."""
    assert any("the lab's Vault exists only after" in message for message in messages(vaultServer=ON))
