"""pki.sh watch, and key-keeper-prestart.sh, over real certificates."""

import datetime as dt
import stat
from pathlib import Path

import pytest

from tests.scripts.certificates import DAY, NOW, certificate, restarts


@pytest.mark.usefixtures("pki")
def test_watch_stages_and_is_quiet_when_all_is_well(sandbox):
    """A complete PKI: exit 0, no restart, no state."""
    code, output = sandbox.run("pki.sh", "watch")
    assert code == 0, output
    assert not restarts(sandbox)
    assert not (sandbox.state / "pki-watch").exists()


def test_watch_restarts_key_keeper_with_growing_pauses(sandbox, pki):
    """Missing files: one restart, none before the pause is over, then the pause doubles; success forgets it."""
    pki.leaf.unlink()
    assert sandbox.run("pki.sh", "watch")[0] == 1
    assert sandbox.run("pki.sh", "watch")[0] == 1
    assert restarts(sandbox) == ["systemctl restart --no-block key-keeper.service"]
    state = sandbox.state / "pki-watch"
    pauses = []
    for _ in range(7):
        count, due = state.read_text().split()
        now = int(dt.datetime.now(dt.UTC).timestamp())
        pauses.append(round((int(due) - now) / 10) * 10)
        state.write_text(f"{count} 0\n")
        sandbox.run("pki.sh", "watch")
    assert pauses == [30, 60, 120, 240, 480, 900, 900]
    pki.leaf.write_bytes(certificate(pki.key, "api.example", "10.0.0.1", "fd00::1"))
    assert sandbox.run("pki.sh", "watch")[0] == 0
    assert not state.exists()


def test_watch_gives_a_young_key_keeper_time(sandbox, pki):
    """Within its first PKI_GRACE seconds key-keeper is not judged."""
    pki.leaf.unlink()
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    started = sandbox.root / "started"
    started.write_text(str(int((uptime - 20) * 1e6)))
    assert sandbox.run("pki.sh", "watch", STARTED=str(started))[0] == 0
    assert not restarts(sandbox)
    sandbox.settings["PKI_GRACE"] = "10"
    assert sandbox.run("pki.sh", "watch", STARTED=str(started))[0] == 1
    assert restarts(sandbox)


def test_watch_does_not_restart_while_vault_is_away(sandbox, pki):
    """A restart without Vault would only lose logins that work; wrong but usable certificates stay, too."""
    pki.leaf.write_bytes(certificate(pki.key, "other.example"))
    sandbox.settings["VAULT_ADDR"] = "http://127.0.0.1:9"
    code, output = sandbox.run("pki.sh", "watch")
    assert code == 1
    assert "key-keeper is not restarted: Vault at http://127.0.0.1:9: connection refused" in output
    assert pki.leaf.exists()
    assert not restarts(sandbox)


def test_watch_makes_room_for_certificates_with_the_right_names(sandbox, pki):
    """key-keeper never re-orders for a change of names: such a pair is set aside, and key-keeper restarted."""
    pki.leaf.write_bytes(certificate(pki.key, "other.example"))
    code, output = sandbox.run("pki.sh", "watch")
    assert code == 1
    assert "does not hold the names" in output
    assert not pki.leaf.exists()
    assert not pki.leaf_key.exists()
    assert Path(f"{pki.leaf}.rejected").exists()
    assert pki.ca.exists()
    assert restarts(sandbox)


def test_watch_leaves_an_expired_certificate_to_key_keeper(sandbox, pki):
    """An expired pair is re-ordered by key-keeper itself and stays until then."""
    pki.leaf.write_bytes(certificate(pki.key, "api.example", "10.0.0.1", "fd00::1", end=NOW - DAY))
    sandbox.run("pki.sh", "watch")
    assert pki.leaf.exists()


@pytest.mark.usefixtures("pki")
def test_the_shared_token_is_emptied_once_every_issuer_has_logged_in(sandbox):
    """Mode shared: the token does not outlive its use, and is not emptied while an issuer still needs it."""
    sandbox.settings["VAULT_MODE"] = "shared"
    token = Path(sandbox.settings["BOOTSTRAP_TOKEN_FILE"])
    token.write_text("s.shared")
    role, secret = token.parent / "role-id", token.parent / "secret-id"
    sandbox.table("issuers", ("etcd", "etcd-master-0", "approle", "-", str(role), str(secret)))
    role.write_text("r")
    sandbox.run("pki.sh", "watch")
    assert token.read_text() == "s.shared"
    secret.write_text("s")
    sandbox.run("pki.sh", "watch")
    assert token.read_text() == ""


def test_prestart_removes_what_makes_key_keeper_panic(sandbox, pki):
    """Empty, unparsable and unpaired certificates are set aside before it starts; good ones stay."""
    pki.leaf.write_bytes(b"")
    code, output = sandbox.run("key-keeper-prestart.sh")
    assert code == 0, output
    assert not pki.leaf.exists()
    assert not pki.leaf_key.exists()
    assert pki.ca.exists()


def test_prestart_makes_the_bootstrap_file_and_folders(sandbox, pki):
    """An empty 0600 bootstrap file is enough, and must be there; folders are private, those of the PKI readable."""
    code, _ = sandbox.run("key-keeper-prestart.sh")
    assert code == 0
    file = Path(sandbox.settings["BOOTSTRAP_TOKEN_FILE"])
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"", 0o600)
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(pki.staged.stat().st_mode) == 0o700


@pytest.mark.usefixtures("pki")
def test_prestart_keeps_a_shared_token(sandbox):
    """A bootstrap file that holds a token is not touched but for its mode."""
    file = Path(sandbox.settings["BOOTSTRAP_TOKEN_FILE"])
    file.write_text("s.shared")
    sandbox.run("key-keeper-prestart.sh")
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("s.shared", 0o600)


@pytest.mark.usefixtures("pki")
def test_prestart_waits_for_vault_bounded_and_goes_on(sandbox):
    """key-keeper that starts before Vault falls deaf: a bounded wait, then a warning."""
    sandbox.settings |= {"VAULT_ADDR": "http://127.0.0.1:9", "VAULT_WAIT": "1"}
    code, output = sandbox.run("key-keeper-prestart.sh")
    assert code == 0
    assert "does not answer (connection refused)" in output
