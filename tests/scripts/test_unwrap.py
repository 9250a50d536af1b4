"""unwrap.sh against a real Vault-compatible server."""

import os
import re
import shutil
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from tests.scripts.conftest import Bao, Sandbox

CURL = shutil.which("curl")
MOUNT = "clusters/example/approle"
PLACEHOLDER, UNREACHABLE, EXPIRED, LOST, REFUSED, MALFORMED, UNEXPECTED, STOLEN, REWRAPPED = (*range(20, 27), 30, 31)


@pytest.fixture
def master(sandbox, bao):
    """A sandbox with two issuers whose AppRoles exist in Vault."""
    sandbox.settings |= {"VAULT_ADDR": bao.address, "VAULT_MODE": "wrapped-token", "VAULT_CACERT": ""}
    for name in ("etcd-peer", "kubelet-client"):
        bao.issuer(MOUNT, f"{name}-master-0")
    issuers(sandbox, "etcd-peer", "kubelet-client")
    return sandbox


def issuers(sandbox: Sandbox, *names: str) -> None:
    sandbox.table(
        "issuers", *((n, f"{n}-master-0", MOUNT, f"{n}-master-0", *map(str, files(sandbox, n))) for n in names)
    )


def files(sandbox: Sandbox, name: str) -> tuple[Path, Path]:
    folder = Path(sandbox.settings["KEY_KEEPER_DIR"]) / name
    return folder / "role-id", folder / "secret-id"


def give(sandbox: Sandbox, name: str, token: str, expiry: int, *more: str) -> str:
    folder = sandbox.state / "tokens"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join((token, str(expiry), *more)) + "\n")
    return token


def give_all(sandbox: Sandbox, bao: Bao, **mint: Any) -> list[str]:
    return [give(sandbox, n, *bao.mint(f"{n}-master-0", **mint)) for n in ("etcd-peer", "kubelet-client")]


def on_unwrap(sandbox: Sandbox, action: str) -> None:
    """Real curl, but for the one request that unwraps."""
    case = f"case $input in *wrapping/unwrap*) {action};; esac"
    sandbox.stub("curl", f'input=$(cat)\n{case}\nprintf %s "$input" | {CURL} "$@"')


def everything(root: Path) -> bytes:
    return b"".join(p.read_bytes() for p in root.rglob("*") if p.is_file())


def login(bao: Bao, sandbox: Sandbox, name: str) -> dict[str, Any]:
    role_id, secret_id = (f.read_text() for f in files(sandbox, name))
    return dict(bao.call("POST", f"auth/{MOUNT}/login", {"role_id": role_id, "secret_id": secret_id})["auth"])


def test_tokens_become_credentials_that_log_in(master, bao):
    """Each issuer's wrapped token ends as a role-id and a secret-id with which AppRole login works, 0600 in 0700."""
    give_all(master, bao)
    code, output = master.run("unwrap.sh")
    assert code == 0, output
    for name in ("etcd-peer", "kubelet-client"):
        assert login(bao, master, name)["client_token"]
        for file in files(master, name):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
            assert not file.read_text().endswith("\n")


def test_nothing_of_the_token_stays(master, bao):
    """After the exchange the wrapped token is in no file and no output, even under `bash -x` from outside."""
    tokens = give_all(master, bao)
    code, output = master.run("unwrap.sh", SHELLOPTS="xtrace")
    assert code == 0, output
    assert not list((master.state / "tokens").iterdir())
    for token in tokens:
        assert token.encode() not in everything(master.root)
        assert token not in output


def test_tokens_are_in_no_argv_and_no_environment(master, bao):
    """curl, the only program that gets them, gets neither the wrapped nor the inner token in argv or environment."""
    tokens = give_all(master, bao)
    master.stub("curl", f'{{ echo "$@"; env; }} >>"{master.root}/seen"\nexec {CURL} "$@"')
    code, output = master.run("unwrap.sh")
    assert code == 0, output
    seen = (master.root / "seen").read_text()
    assert "--config -" in seen
    assert not any(token in seen for token in tokens)
    assert not re.findall(r"\b(?:hv)?s\.[A-Za-z0-9]{16,}", seen)


def test_the_bootstrap_file_exists_empty_and_private(master, bao):
    """key-keeper finds its bootstrap token file: empty, 0600."""
    give_all(master, bao)
    master.run("unwrap.sh")
    file = Path(master.settings["BOOTSTRAP_TOKEN_FILE"])
    assert file.read_bytes() == b""
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_second_run_asks_vault_nothing(master, bao):
    """What is done is skipped, even with Vault away."""
    give_all(master, bao)
    master.run("unwrap.sh")
    before = [f.read_bytes() for n in ("etcd-peer", "kubelet-client") for f in files(master, n)]
    master.settings["VAULT_ADDR"] = "http://127.0.0.1:9"
    code, output = master.run("unwrap.sh")
    assert code == 0, output
    assert before == [f.read_bytes() for n in ("etcd-peer", "kubelet-client") for f in files(master, n)]


def test_the_inner_token_is_used_up(master, bao):
    """Of the inner token's two uses both are taken: nothing is left to steal."""
    give_all(master, bao)
    master.run("unwrap.sh")
    accessors = bao.call("LIST", "auth/token/accessors")["data"]["keys"]
    infos = [bao.call("POST", "auth/token/lookup-accessor", {"accessor": a})["data"] for a in accessors]
    assert not [i for i in infos if i["path"].startswith("auth/token/create/")]


def test_a_token_used_by_somebody_else_is_a_security_event(master, bao):
    """A dead token before its expiry, never tried here, was used by somebody else: own words, own exit code."""
    stolen, _ = give_all(master, bao)
    bao.call("POST", "sys/wrapping/unwrap", {"token": stolen})
    code, output = master.run("unwrap.sh")
    assert code == STOLEN
    assert "issuer etcd-peer: SECURITY EVENT: the token was used by somebody else" in output
    assert files(master, "kubelet-client")[1].exists(), "the other issuer is exchanged all the same"
    assert not files(master, "etcd-peer")[1].exists()
    assert "not exchanged: etcd-peer (30)" in output


def test_an_expired_token_is_told_as_expired(master, bao):
    """After its expiry a dead token is expired, no security event."""
    give_all(master, bao, wrap="1s")
    time.sleep(2.2)
    code, output = master.run("unwrap.sh")
    assert code == EXPIRED
    assert "SECURITY" not in output
    assert "Mint again" in output


def test_a_token_wrapped_by_somebody_else_is_a_security_event(master, bao):
    """A token that sys/wrapping/wrap made is refused without being unwrapped."""
    give_all(master, bao)
    info = bao.call("POST", "sys/wrapping/wrap", {"client_token": "s.evil"}, X_Vault_Wrap_TTL="5m")["wrap_info"]
    give(master, "etcd-peer", info["token"], int(time.time()) + 300)
    code, output = master.run("unwrap.sh")
    assert code == REWRAPPED
    assert "created at 'sys/wrapping/wrap', not at 'auth/token/create/etcd-peer-master-0'" in output
    assert bao.call("POST", "sys/wrapping/lookup", {"token": info["token"]})["data"], "still unused: evidence"


@pytest.mark.parametrize("path", ["auth/token/create", "auth/token/create/kubelet-client-master-0"])
def test_another_creation_path_is_refused(master, bao, path):
    """Plain token creation and another issuer's role are not this issuer's role: compared exactly."""
    give_all(master, bao)
    info = bao.call("POST", path, {"ttl": "5m"}, X_Vault_Wrap_TTL="5m")["wrap_info"]
    give(master, "etcd-peer", info["token"], int(time.time()) + 300)
    assert master.run("unwrap.sh")[0] == REWRAPPED


def test_an_attempt_without_result_is_lost_by_us_or_intercepted(master, bao):
    """A dead token that this machine had begun to unwrap is told apart from a theft."""
    give_all(master, bao)
    on_unwrap(master, f'printf %s "$input" | {CURL} "$@" >/dev/null; exit 52')
    code, output = master.run("unwrap.sh")
    assert code == LOST
    assert "lost by us (power cut, broken connection) or intercepted. Mint again" in output
    (master.stubs / "curl").unlink()
    code, output = master.run("unwrap.sh")
    assert code == LOST, "and still after a reboot"
    assert "SECURITY" not in output


def test_an_attempt_that_never_reached_vault_goes_on(master, bao):
    """A power cut between the mark and the call costs nothing: the look tells that the token is unused."""
    give_all(master, bao)
    on_unwrap(master, "exit 7")
    assert master.run("unwrap.sh")[0] == UNREACHABLE
    (master.stubs / "curl").unlink()
    code, output = master.run("unwrap.sh")
    assert code == 0, output


def test_a_token_minted_anew_is_a_new_beginning(master, bao):
    """State belongs to one token: after `lost` or `done`, another token in the file is exchanged."""
    stolen, _ = give_all(master, bao)
    bao.call("POST", "sys/wrapping/unwrap", {"token": stolen})
    assert master.run("unwrap.sh")[0] == STOLEN
    give(master, "etcd-peer", *bao.mint("etcd-peer-master-0"))
    code, output = master.run("unwrap.sh")
    assert code == 0, output


def test_a_power_cut_before_the_last_mark_is_no_loss(master, bao):
    """Both files written but not marked: done, without asking Vault for a token that is used up."""
    token, _ = give_all(master, bao)
    master.run("unwrap.sh")
    give(master, "etcd-peer", token, int(time.time()) + 300)
    state = master.state / "unwrap/etcd-peer"
    state.write_text(state.read_text().replace("done", "attempted"))
    os.utime(state, (1, 1))
    code, output = master.run("unwrap.sh")
    assert code == 0, output
    assert not (master.state / "tokens/etcd-peer").exists()


def test_a_dead_inner_token_is_told(master, bao):
    """The inner token's TTL runs while it is wrapped: unwrapping succeeds, the exchange is 403."""
    give_all(master, bao, ttl="1s")
    time.sleep(2.2)
    code, output = master.run("unwrap.sh")
    assert code == REFUSED
    assert "403 at role-id of AppRole 'etcd-peer-master-0'" in output


def test_a_policy_without_the_second_path_is_told(master, bao):
    """The exchange says which of its two requests was refused."""
    give_all(master, bao)
    policy = f'path "auth/{MOUNT}/role/etcd-peer-master-0/role-id" {{ capabilities = ["read"] }}'
    bao.call("PUT", "sys/policies/acl/etcd-peer-master-0", {"policy": policy})
    code, output = master.run("unwrap.sh")
    assert code == REFUSED
    assert "403 at secret-id" in output
    assert not files(master, "etcd-peer")[0].exists(), "half a pair is not written"


def test_an_approle_that_does_not_exist_is_told(master, bao):
    """Vault without the AppRole (Terraform not applied for this master) is named as such."""
    give_all(master, bao)
    bao.call("DELETE", f"auth/{MOUNT}/role/etcd-peer-master-0")
    code, output = master.run("unwrap.sh")
    assert code == UNEXPECTED
    assert f"no AppRole 'etcd-peer-master-0' at auth/{MOUNT}" in output


def test_placeholders_are_told_in_plain_words(master):
    """User-data rendered without secrets says so at once, and does not wait for Vault."""
    master.settings |= {"VAULT_ADDR": "http://127.0.0.1:9", "VAULT_TIMEOUT": "60"}
    for name in ("etcd-peer", "kubelet-client"):
        (master.state / "tokens").mkdir(exist_ok=True)
        (master.state / "tokens" / name).write_text(f"cloudgen:placeholder:bootstrap-token:master-0:{name}\n")
    before = time.monotonic()
    code, output = master.run("unwrap.sh")
    assert (code, time.monotonic() - before < 10) == (PLACEHOLDER, True)
    assert "rendered without secrets" in output


@pytest.mark.parametrize("text", ["", "s.abc\n", "s.abc\nsoon\n", 's.a"b\n1\n', "s.a b\n1\n"])
def test_a_token_file_that_is_none_is_refused(master, text):
    """Nothing but a token of known letters and an expiry reaches curl."""
    issuers(master, "etcd-peer")
    (master.state / "tokens").mkdir()
    (master.state / "tokens/etcd-peer").write_text(text)
    code, output = master.run("unwrap.sh")
    assert code in (MALFORMED, UNREACHABLE)
    assert "issuer etcd-peer" in output


def test_a_missing_token_is_told(master):
    """No file at all has its own words."""
    code, output = master.run("unwrap.sh")
    assert code == MALFORMED
    assert "no token:" in output


def test_vault_away_is_told_within_the_bound(master):
    """An unreachable Vault ends the wait after VAULT_TIMEOUT, and the tokens stay for the next boot."""
    give(master, "etcd-peer", "s.abc", int(time.time()) + 300)
    master.settings["VAULT_ADDR"] = "http://127.0.0.1:9"
    code, output = master.run("unwrap.sh")
    assert code == UNREACHABLE
    assert "did not answer within 3 s: connection refused" in output
    assert (master.state / "tokens/etcd-peer").exists()


def test_a_wrapped_secret_id_needs_no_exchange(master, bao):
    """Mode wrapped-secret-id: the role-id travels on the third line, the secret-id comes out of the wrapping."""
    master.settings["VAULT_MODE"] = "wrapped-secret-id"
    for name in ("etcd-peer", "kubelet-client"):
        role = f"auth/{MOUNT}/role/{name}-master-0"
        role_id = bao.call("GET", f"{role}/role-id")["data"]["role_id"]
        info = bao.call("POST", f"{role}/secret-id", X_Vault_Wrap_TTL="5m")["wrap_info"]
        give(master, name, info["token"], int(time.time()) + 300, role_id)
    code, output = master.run("unwrap.sh")
    assert code == 0, output
    assert login(bao, master, "etcd-peer")["client_token"]


def test_mode_token_exchanges_without_unwrapping(master, bao):
    """Mode token: a plain two-use token is exchanged; a dead one is told by its expiry."""
    master.settings["VAULT_MODE"] = "token"
    for name in ("etcd-peer", "kubelet-client"):
        body = {"ttl": "10m", "num_uses": 2}
        auth = bao.call("POST", f"auth/token/create/{name}-master-0", body)["auth"]
        give(master, name, auth["client_token"], int(time.time()) + 300)
    code, output = master.run("unwrap.sh")
    assert code == 0, output
    assert login(bao, master, "kubelet-client")["client_token"]
    give(master, "etcd-peer", "s.dead", 1)
    assert master.run("unwrap.sh")[0] == EXPIRED


def test_mode_shared_hands_the_token_to_key_keeper(master):
    """Mode shared: the token becomes the bootstrap file, 0600, once; it is not brought back after it was emptied."""
    master.settings["VAULT_MODE"] = "shared"
    give(master, "shared", "s.shared", int(time.time()) + 300)
    assert master.run("unwrap.sh")[0] == 0
    file = Path(master.settings["BOOTSTRAP_TOKEN_FILE"])
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("s.shared", 0o600)
    file.write_text("")
    assert master.run("unwrap.sh")[0] == 0
    assert file.read_text() == ""


def test_a_namespace_is_sent(master, bao):
    """With a namespace, lookup, unwrap and exchange all happen in it."""
    bao.call("POST", "sys/namespaces/team")
    space = type(bao)(bao.address, bao.root)
    plain = space.call
    space.call = lambda *args, **headers: plain(*args, **{"X_Vault_Namespace": "team"} | headers)
    space.issuer(MOUNT, "etcd-peer-master-0")
    issuers(master, "etcd-peer")
    give(master, "etcd-peer", *space.mint("etcd-peer-master-0"))
    master.settings["VAULT_NAMESPACE"] = "team"
    code, output = master.run("unwrap.sh")
    assert code == 0, output
