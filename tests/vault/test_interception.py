"""Whoever touches a machine's tokens before it does is noticed: own words, own exit code, own marker."""

import re
import time
from pathlib import Path

import pytest

from tests.scripts.minting import CURL, EXPIRED, LOST, REWRAPPED, STOLEN, everything
from tests.scripts.sandbox import Bao
from tests.vault.machine import Machine
from tests.vault.provisioning import mint

ISSUER = "etcd-peer"


@pytest.fixture
def brief(master):
    """A master whose table of issuers is cut to two: the others would only take time."""
    table = master.etc / "issuers"
    rows = [line for line in table.read_text().splitlines() if line.startswith(("#", ISSUER, "kubelet-client"))]
    assert len(rows) == 3
    table.write_text("\n".join(rows) + "\n")
    return master


@pytest.fixture
def token(brief):
    """The token file of one issuer."""
    return brief.issuer_files(ISSUER)[0]


def wrapping(token: Path) -> str:
    return token.read_text().splitlines()[0]


def replace_token(token: Path, text: str) -> None:
    expiry = token.read_text().splitlines()[1]
    token.write_text(f"{text}\n{expiry}\n")


def bootstrap(machine: Machine) -> tuple[int, str]:
    """A boot that ends at the step unwrap: exit code, what it said, and the marker."""
    code, _ = machine.run("bootstrap.sh")
    marker = (machine.state / "failed").read_text()
    assert marker.startswith(f"step=unwrap\ncode={code}\n")
    assert f"not exchanged: {ISSUER} ({code})" in marker
    assert not machine.issuer_files(ISSUER)[2].exists()
    assert machine.issuer_files("kubelet-client")[2].exists(), "the others are exchanged all the same"
    return code, marker


def mended(machine: Machine, token: Path, bao: Bao) -> bool:
    """A token minted anew is exchanged, and nothing is raised any more, then or at the next boot."""
    issuer = next(i for i in machine.pki.issuers if i.name == ISSUER)
    token.write_text(mint(machine.facts, issuer, bao))
    for _ in range(2):
        code, output = machine.run("unwrap.sh")
        assert code == 0, output
        assert "SECURITY" not in output
        assert "FAIL" not in output
    return machine.issuer_files(ISSUER)[2].exists()


def test_unwrapped_by_somebody_else(brief, token, bao):
    """Used before its expiry, never tried here: a security event, 30; it stays one at the next boot."""
    bao.call("POST", "sys/wrapping/unwrap", {"token": wrapping(token)})
    for _ in range(2):
        code, marker = bootstrap(brief)
        assert code == STOLEN
        assert f"issuer {ISSUER}: SECURITY EVENT: the token was used by somebody else before it expired" in marker
        assert "Revoke this machine's tokens and AppRoles" in marker
    assert not (brief.state / "unwrap" / ISSUER).exists()
    assert mended(brief, token, bao)


def test_rewrapped_by_somebody_else(brief, token, bao):
    """sys/wrapping/rewrap keeps the creation path, but kills the token that the machine holds."""
    again = bao.call("POST", "sys/wrapping/rewrap", {"token": wrapping(token)})["wrap_info"]
    assert again["creation_path"] == f"auth/token/create/{brief.pki.token_role}"
    code, marker = bootstrap(brief)
    assert code == STOLEN
    assert "SECURITY EVENT" in marker


@pytest.mark.parametrize("path", ["sys/wrapping/wrap", "auth/token/create", "auth/token/create/somebody"])
def test_another_token_in_its_place(brief, token, bao, path):
    """Wrapped by another path than the machine's own token role: a security event, 31, and not unwrapped."""
    bao.call("POST", "auth/token/roles/somebody", {"orphan": True})
    info = bao.call("POST", path, {"policies": ["default"]}, X_Vault_Wrap_TTL="5m")["wrap_info"]
    replace_token(token, info["token"])
    code, marker = bootstrap(brief)
    assert code == REWRAPPED
    assert f"created at '{path}', not at 'auth/token/create/{brief.pki.token_role}'" in marker
    assert bao.call("POST", "sys/wrapping/lookup", {"token": info["token"]})["data"], "the evidence is still there"


def test_the_token_of_another_machine_in_its_place(brief, token, making):
    """Another machine's token role is another creation path."""
    other = making(root="other")
    replace_token(token, wrapping(other.issuer_files(ISSUER)[0]))
    assert bootstrap(brief)[0] == REWRAPPED


def test_expired(brief, token, bao):
    """Too late is no theft: 22, and no word of security."""
    issuer = next(i for i in brief.pki.issuers if i.name == ISSUER)
    token.write_text(mint(brief.facts, issuer, bao, wrap="1s"))
    time.sleep(2.2)
    code, marker = bootstrap(brief)
    assert code == EXPIRED
    assert "expired at" in marker
    assert "SECURITY" not in marker
    assert mended(brief, token, bao)


def test_an_answer_that_was_lost(brief, token, bao):
    """Begun and not ended: 23, lost by us or intercepted; and the same at the next boot."""
    match = f'*wrapping/unwrap*{wrapping(token)}*) printf %s "$input" | {CURL} "$@" >/dev/null; exit 52'
    brief.stub("curl", f'input=$(cat)\ncase $input in {match};; esac\nprintf %s "$input" | {CURL} "$@"')
    code, marker = bootstrap(brief)
    assert code == LOST
    assert "lost by us (power cut, broken connection) or intercepted" in marker
    assert (brief.state / "unwrap" / ISSUER).read_text().startswith("attempted ")
    (brief.stubs / "curl").unlink()
    code, marker = bootstrap(brief)
    assert code == LOST
    assert "SECURITY" not in marker
    assert mended(brief, token, bao)


def test_after_success_nothing_is_raised_any_more(master):
    """A second run is silent, and so is one over user-data that was written out once more."""
    folder = master.state / "tokens"
    tokens = {path: path.read_bytes() for path in folder.iterdir()}
    assert master.run("unwrap.sh")[0] == 0
    assert list(folder.iterdir()) == []
    credentials = master.issuer_files(ISSUER)[2].read_bytes()
    assert master.run("unwrap.sh")[0] == 0
    for path, data in tokens.items():
        path.write_bytes(data)
    code, output = master.run("unwrap.sh")
    assert code == 0, output
    assert "SECURITY" not in output
    assert list(folder.iterdir()) == []
    assert master.issuer_files(ISSUER)[2].read_bytes() == credentials


def test_secrets_are_in_no_process_no_log_and_no_other_file(master):
    """While it runs every process's argv and environment is read; after it every file: only the two meant hold any."""
    tokens = [wrapping(path) for path in (master.state / "tokens").iterdir()]
    look = f"cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' >>{master.root}/seen\n"
    answers = f"{master.root.parent}/answers"
    master.stub("curl", f'{look}exec {CURL} "$@" | tee -a {answers}')
    code, output = master.run("unwrap.sh", SHELLOPTS="xtrace")
    assert code == 0, output
    heard = (master.root.parent / "answers").read_text()
    inner = set(re.findall(r'"client_token":\s*"([^"]+)"', heard))
    secret_ids = set(re.findall(r'"secret_id":\s*"([^"]+)"', heard))
    assert len(inner) == len(secret_ids) == len(tokens) == len(master.pki.issuers)
    seen = (master.root / "seen").read_text()
    assert "--config" in seen
    (master.root / "seen").unlink()
    for secret in (*tokens, *inner, *secret_ids):
        assert secret not in seen
        assert secret not in output
    kept = everything(master.root).decode(errors="replace")
    assert not [secret for secret in (*tokens, *inner) if secret in kept]
    assert {kept.count(secret) for secret in secret_ids} == {1}
    held = {master.issuer_files(issuer.name)[2].read_text() for issuer in master.pki.issuers}
    assert held == secret_ids
