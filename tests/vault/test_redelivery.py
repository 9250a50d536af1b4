"""A machine that lives gets new credentials by hand, as docs/vault.md has it."""

import stat

from cloudgen.vault import secret_id_path
from tests.vault.provisioning import mint

ISSUER = "etcd-peer"


def test_a_live_machine_is_given_new_credentials(booted, bao):
    """Its old secret-id is gone at Vault; the new token is exchanged, key-keeper logs in with it and orders again."""
    issuer = next(i for i in booted.pki.issuers if i.name == ISSUER)
    token, role_id, secret_id = booted.issuer_files(ISSUER)
    before = secret_id.read_text()
    path = secret_id_path(booted.pki.names.prefix, issuer.app_role)
    bao.call("POST", f"{path}/destroy", {"secret_id": before})
    token.write_text(mint(booted.facts, issuer, bao))
    token.chmod(0o600)
    for file in (role_id, secret_id):
        file.unlink()
    code, output = booted.run("unwrap.sh")
    assert (code, token.exists()) == (0, False), output
    assert (secret_id.read_text() != before, stat.S_IMODE(secret_id.stat().st_mode)) == (True, 0o600)
    certificate = next(booted.place(c.path) for c in booted.pki.certificates if c.issuer == ISSUER)
    certificate.unlink()
    booted.boot_key_keeper(KEY_KEEPER_ONCE="1")
    assert booted.agent.process.wait(120) == 0
    assert (certificate.exists(), booted.complete()) == (True, True)
    assert len(bao.call("LIST", path)["data"]["keys"]) == 1
