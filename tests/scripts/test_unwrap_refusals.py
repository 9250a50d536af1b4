"""unwrap.sh against a real Vault-compatible server: each way to fail has its own words and exit code."""

import os
import time

import pytest

from tests.scripts.minting import (
    CURL,
    EXPIRED,
    LOST,
    MALFORMED,
    MOUNT,
    PLACEHOLDER,
    REFUSED,
    REWRAPPED,
    STOLEN,
    UNEXPECTED,
    UNREACHABLE,
    files,
    give,
    give_all,
    issuers,
    on_unwrap,
)


def test_a_token_used_by_somebody_else_is_a_security_event(unwrapping, bao):
    """A dead token before its expiry, never tried here, was used by somebody else: own words, own exit code."""
    stolen, _ = give_all(unwrapping, bao)
    bao.call("POST", "sys/wrapping/unwrap", {"token": stolen})
    code, output = unwrapping.run("unwrap.sh")
    assert code == STOLEN
    assert "issuer etcd-peer: SECURITY EVENT: the token was used by somebody else" in output
    assert files(unwrapping, "kubelet-client")[1].exists(), "the other issuer is exchanged all the same"
    assert not files(unwrapping, "etcd-peer")[1].exists()
    assert "not exchanged: etcd-peer (30)" in output


def test_an_expired_token_is_told_as_expired(unwrapping, bao):
    """After its expiry a dead token is expired, no security event."""
    give_all(unwrapping, bao, wrap="1s")
    time.sleep(2.2)
    code, output = unwrapping.run("unwrap.sh")
    assert code == EXPIRED
    assert "SECURITY" not in output
    assert "mint again" in output


def test_a_token_wrapped_by_somebody_else_is_a_security_event(unwrapping, bao):
    """A token that sys/wrapping/wrap made is refused without being unwrapped."""
    give_all(unwrapping, bao)
    info = bao.call("POST", "sys/wrapping/wrap", {"client_token": "s.evil"}, X_Vault_Wrap_TTL="5m")["wrap_info"]
    give(unwrapping, "etcd-peer", info["token"], int(time.time()) + 300)
    code, output = unwrapping.run("unwrap.sh")
    assert code == REWRAPPED
    assert "created at 'sys/wrapping/wrap', not at 'auth/token/create/etcd-peer-master-0'" in output
    assert bao.call("POST", "sys/wrapping/lookup", {"token": info["token"]})["data"], "still unused: evidence"


@pytest.mark.parametrize("path", ["auth/token/create", "auth/token/create/kubelet-client-master-0"])
def test_another_creation_path_is_refused(unwrapping, bao, path):
    """Plain token creation and another issuer's role are not this issuer's role: compared exactly."""
    give_all(unwrapping, bao)
    info = bao.call("POST", path, {"ttl": "5m"}, X_Vault_Wrap_TTL="5m")["wrap_info"]
    give(unwrapping, "etcd-peer", info["token"], int(time.time()) + 300)
    assert unwrapping.run("unwrap.sh")[0] == REWRAPPED


def test_an_attempt_without_result_is_lost_by_us_or_intercepted(unwrapping, bao):
    """A dead token that this machine had begun to unwrap is told apart from a theft."""
    give_all(unwrapping, bao)
    on_unwrap(unwrapping, f'printf %s "$input" | {CURL} "$@" >/dev/null; exit 52')
    code, output = unwrapping.run("unwrap.sh")
    assert code == LOST
    assert "lost by us (power cut, broken connection) or intercepted. Mint again" in output
    (unwrapping.stubs / "curl").unlink()
    code, output = unwrapping.run("unwrap.sh")
    assert code == LOST, "and still after a reboot"
    assert "SECURITY" not in output


def test_an_attempt_that_never_reached_vault_goes_on(unwrapping, bao):
    """A power cut between the mark and the call costs nothing: the look tells that the token is unused."""
    give_all(unwrapping, bao)
    on_unwrap(unwrapping, "exit 7")
    assert unwrapping.run("unwrap.sh")[0] == UNREACHABLE
    (unwrapping.stubs / "curl").unlink()
    code, output = unwrapping.run("unwrap.sh")
    assert code == 0, output


def test_a_token_minted_anew_is_a_new_beginning(unwrapping, bao):
    """State belongs to one token: after `lost` or `done`, another token in the file is exchanged."""
    stolen, _ = give_all(unwrapping, bao)
    bao.call("POST", "sys/wrapping/unwrap", {"token": stolen})
    assert unwrapping.run("unwrap.sh")[0] == STOLEN
    give(unwrapping, "etcd-peer", *bao.mint("etcd-peer-master-0"))
    code, output = unwrapping.run("unwrap.sh")
    assert code == 0, output


def test_a_power_cut_before_the_last_mark_is_no_loss(unwrapping, bao):
    """Both files written but not marked: done, without asking Vault for a token that is used up."""
    token, _ = give_all(unwrapping, bao)
    unwrapping.run("unwrap.sh")
    give(unwrapping, "etcd-peer", token, int(time.time()) + 300)
    state = unwrapping.state / "unwrap/etcd-peer"
    state.write_text(state.read_text().replace("done", "attempted"))
    os.utime(state, (1, 1))
    code, output = unwrapping.run("unwrap.sh")
    assert code == 0, output
    assert not (unwrapping.state / "tokens/etcd-peer").exists()


def test_a_dead_inner_token_is_told(unwrapping, bao):
    """The inner token's TTL runs while it is wrapped: unwrapping succeeds, the exchange is 403."""
    give_all(unwrapping, bao, ttl="1s")
    time.sleep(2.2)
    code, output = unwrapping.run("unwrap.sh")
    assert code == REFUSED
    assert "403 at role-id of AppRole 'etcd-peer-master-0'" in output


def test_a_policy_without_the_second_path_is_told(unwrapping, bao):
    """The exchange says which of its two requests was refused."""
    give_all(unwrapping, bao)
    policy = f'path "auth/{MOUNT}/role/etcd-peer-master-0/role-id" {{ capabilities = ["read"] }}'
    bao.call("PUT", "sys/policies/acl/etcd-peer-master-0", {"policy": policy})
    code, output = unwrapping.run("unwrap.sh")
    assert code == REFUSED
    assert "403 at secret-id" in output
    assert not files(unwrapping, "etcd-peer")[0].exists(), "half a pair is not written"


def test_an_approle_that_does_not_exist_is_told(unwrapping, bao):
    """Vault without the AppRole (Terraform not applied for this unwrapping) is named as such."""
    give_all(unwrapping, bao)
    bao.call("DELETE", f"auth/{MOUNT}/role/etcd-peer-master-0")
    code, output = unwrapping.run("unwrap.sh")
    assert code == UNEXPECTED
    assert f"no AppRole 'etcd-peer-master-0' at auth/{MOUNT}" in output


def test_placeholders_are_told_in_plain_words(unwrapping):
    """User-data rendered without secrets says so at once, and does not wait for Vault."""
    unwrapping.settings |= {"VAULT_ADDR": "http://127.0.0.1:9", "VAULT_TIMEOUT": "60"}
    for name in ("etcd-peer", "kubelet-client"):
        (unwrapping.state / "tokens").mkdir(exist_ok=True)
        (unwrapping.state / "tokens" / name).write_text(f"cloudgen:placeholder:bootstrap-token:master-0:{name}\n")
    before = time.monotonic()
    code, output = unwrapping.run("unwrap.sh")
    assert (code, time.monotonic() - before < 10) == (PLACEHOLDER, True)
    assert "rendered without secrets" in output


@pytest.mark.parametrize("text", ["", "s.abc\n", "s.abc\nsoon\n", 's.a"b\n1\n', "s.a b\n1\n"])
def test_a_token_file_that_is_none_is_refused(unwrapping, text):
    """Nothing but a token of known letters and an expiry reaches curl."""
    issuers(unwrapping, "etcd-peer")
    (unwrapping.state / "tokens").mkdir()
    (unwrapping.state / "tokens/etcd-peer").write_text(text)
    code, output = unwrapping.run("unwrap.sh")
    assert code in (MALFORMED, UNREACHABLE)
    assert "issuer etcd-peer" in output


def test_a_missing_token_is_told(unwrapping):
    """No file at all has its own words."""
    code, output = unwrapping.run("unwrap.sh")
    assert code == MALFORMED
    assert "no token:" in output


def test_vault_away_is_told_within_the_bound(unwrapping):
    """An unreachable Vault ends the wait after VAULT_TIMEOUT, and the tokens stay for the next boot."""
    give(unwrapping, "etcd-peer", "s.abc", int(time.time()) + 300)
    unwrapping.settings["VAULT_ADDR"] = "http://127.0.0.1:9"
    code, output = unwrapping.run("unwrap.sh")
    assert code == UNREACHABLE
    assert "did not answer within 3 s: connection refused" in output
    assert (unwrapping.state / "tokens/etcd-peer").exists()
