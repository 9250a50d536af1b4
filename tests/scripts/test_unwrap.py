"""unwrap.sh against a real Vault-compatible server: what it does, and what it leaves."""

import re
import stat
import time
from pathlib import Path

from tests.scripts.minting import CURL, EXPIRED, MOUNT, everything, files, give, give_all, issuers, login


def test_tokens_become_credentials_that_log_in(unwrapping, bao):
    """Each issuer's wrapped token ends as a role-id and a secret-id with which AppRole login works, 0600 in 0700."""
    give_all(unwrapping, bao)
    code, output = unwrapping.run("unwrap.sh")
    assert code == 0, output
    for name in ("etcd-peer", "kubelet-client"):
        assert login(bao, unwrapping, name)["client_token"]
        for file in files(unwrapping, name):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
            assert not file.read_text().endswith("\n")


def test_nothing_of_the_token_stays(unwrapping, bao):
    """After the exchange the wrapped token is in no file and no output, even under `bash -x` from outside."""
    tokens = give_all(unwrapping, bao)
    code, output = unwrapping.run("unwrap.sh", SHELLOPTS="xtrace")
    assert code == 0, output
    assert not list((unwrapping.state / "tokens").iterdir())
    for token in tokens:
        assert token.encode() not in everything(unwrapping.root)
        assert token not in output


def test_tokens_are_in_no_argv_and_no_environment(unwrapping, bao):
    """curl, the only program that gets them, gets neither the wrapped nor the inner token in argv or environment."""
    tokens = give_all(unwrapping, bao)
    unwrapping.stub("curl", f'{{ echo "$@"; env; }} >>"{unwrapping.root}/seen"\nexec {CURL} "$@"')
    code, output = unwrapping.run("unwrap.sh")
    assert code == 0, output
    seen = (unwrapping.root / "seen").read_text()
    assert "--config -" in seen
    assert not any(token in seen for token in tokens)
    assert not re.findall(r"\b(?:hv)?s\.[A-Za-z0-9]{16,}", seen)


def test_vault_is_waited_for(unwrapping, bao):
    """A Vault that does not answer yet costs no token: it is asked again."""
    give_all(unwrapping, bao)
    times = unwrapping.root / "times"
    unwrapping.stub("curl", f'echo >>"{times}"\n(($(wc -l <"{times}") > 3)) || exit 7\nexec {CURL} "$@"')
    code, output = unwrapping.run("unwrap.sh")
    assert code == 0, output


def test_no_proxy_sees_a_token(unwrapping, bao):
    """Whatever the environment says: Vault is asked directly."""
    give_all(unwrapping, bao)
    away = "http://127.0.0.1:9"
    code, output = unwrapping.run("unwrap.sh", http_proxy=away, https_proxy=away, all_proxy=away)
    assert code == 0, output


def test_the_bootstrap_file_exists_empty_and_private(unwrapping, bao):
    """key-keeper finds its bootstrap token file: empty, 0600."""
    give_all(unwrapping, bao)
    unwrapping.run("unwrap.sh")
    file = Path(unwrapping.settings["BOOTSTRAP_TOKEN_FILE"])
    assert file.read_bytes() == b""
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_second_run_asks_vault_nothing(unwrapping, bao):
    """What is done is skipped, even with Vault away."""
    give_all(unwrapping, bao)
    unwrapping.run("unwrap.sh")
    before = [f.read_bytes() for n in ("etcd-peer", "kubelet-client") for f in files(unwrapping, n)]
    unwrapping.settings["VAULT_ADDR"] = "http://127.0.0.1:9"
    code, output = unwrapping.run("unwrap.sh")
    assert code == 0, output
    assert before == [f.read_bytes() for n in ("etcd-peer", "kubelet-client") for f in files(unwrapping, n)]


def test_the_inner_token_is_used_up(unwrapping, bao):
    """Of the inner token's two uses both are taken: nothing is left to steal."""
    give_all(unwrapping, bao)
    unwrapping.run("unwrap.sh")
    accessors = bao.call("LIST", "auth/token/accessors")["data"]["keys"]
    infos = [bao.call("POST", "auth/token/lookup-accessor", {"accessor": a})["data"] for a in accessors]
    assert not [i for i in infos if i["path"].startswith("auth/token/create/")]


def test_a_wrapped_secret_id_needs_no_exchange(unwrapping, bao):
    """Mode wrapped-secret-id: the role-id travels on the third line, the secret-id comes out of the wrapping."""
    unwrapping.settings["VAULT_MODE"] = "wrapped-secret-id"
    for name in ("etcd-peer", "kubelet-client"):
        role = f"auth/{MOUNT}/role/{name}-master-0"
        role_id = bao.call("GET", f"{role}/role-id")["data"]["role_id"]
        info = bao.call("POST", f"{role}/secret-id", X_Vault_Wrap_TTL="5m")["wrap_info"]
        give(unwrapping, name, info["token"], int(time.time()) + 300, role_id)
    code, output = unwrapping.run("unwrap.sh")
    assert code == 0, output
    assert login(bao, unwrapping, "etcd-peer")["client_token"]


def test_mode_token_exchanges_without_unwrapping(unwrapping, bao):
    """Mode token: a plain two-use token is exchanged; a dead one is told by its expiry."""
    unwrapping.settings["VAULT_MODE"] = "token"
    for name in ("etcd-peer", "kubelet-client"):
        body = {"ttl": "10m", "num_uses": 2}
        auth = bao.call("POST", f"auth/token/create/{name}-master-0", body)["auth"]
        give(unwrapping, name, auth["client_token"], int(time.time()) + 300)
    code, output = unwrapping.run("unwrap.sh")
    assert code == 0, output
    assert login(bao, unwrapping, "kubelet-client")["client_token"]
    give(unwrapping, "etcd-peer", "s.dead", 1)
    assert unwrapping.run("unwrap.sh")[0] == EXPIRED


def test_mode_shared_hands_the_token_to_key_keeper(unwrapping):
    """Mode shared: the token becomes the bootstrap file, 0600, once; it is not brought back after it was emptied."""
    unwrapping.settings["VAULT_MODE"] = "shared"
    give(unwrapping, "shared", "s.shared", int(time.time()) + 300)
    assert unwrapping.run("unwrap.sh")[0] == 0
    file = Path(unwrapping.settings["BOOTSTRAP_TOKEN_FILE"])
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("s.shared", 0o600)
    file.write_text("")
    assert unwrapping.run("unwrap.sh")[0] == 0
    assert file.read_text() == ""


def test_a_namespace_is_sent(unwrapping, bao):
    """With a namespace, lookup, unwrap and exchange all happen in it."""
    bao.call("POST", "sys/namespaces/team")
    space = type(bao)(bao.address, bao.root)
    plain = space.call
    space.call = lambda *args, **headers: plain(*args, **{"X_Vault_Namespace": "team"} | headers)
    space.issuer(MOUNT, "etcd-peer-master-0")
    issuers(unwrapping, "etcd-peer")
    give(unwrapping, "etcd-peer", *space.mint("etcd-peer-master-0"))
    unwrapping.settings["VAULT_NAMESPACE"] = "team"
    code, output = unwrapping.run("unwrap.sh")
    assert code == 0, output
