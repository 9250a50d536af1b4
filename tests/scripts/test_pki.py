"""pki.sh over real certificates: stage and check."""

import shutil
import stat
from collections.abc import Callable

import pytest

from tests.scripts.certificates import DAY, NOW, Pki, certificate, other_key, private, public


def test_a_complete_pki_is_complete(sandbox, pki):
    """After staging, every row holds: no line, exit 0; the private key is 0600, the public one readable."""
    sandbox.run("pki.sh", "stage")
    assert sandbox.run("pki.sh", "check") == (0, "")
    assert stat.S_IMODE(pki.private.stat().st_mode) == 0o600
    assert stat.S_IMODE(pki.public.stat().st_mode) == 0o644


FAULTS: dict[str, tuple[Callable[[Pki], object], int, str]] = {
    "missing": (lambda p: p.leaf.unlink(), 1, "server.pem: missing"),
    "empty": (lambda p: p.leaf.write_bytes(b""), 1, "server.pem: empty"),
    "garbage": (lambda p: p.leaf.write_bytes(b"-----BEGIN"), 1, "server.pem: cannot be parsed as certificate"),
    "key is gone": (lambda p: p.leaf_key.unlink(), 1, "server-key.pem is missing or cannot be parsed"),
    "key of another": (lambda p: p.leaf_key.write_bytes(private(other_key())), 1, "does not match its key"),
    "no SAN at all": (lambda p: p.leaf.write_bytes(certificate(p.key)), 2, "names: API.example 10.0.0.1 fd00:0::1"),
    "one name short": (
        lambda p: p.leaf.write_bytes(certificate(p.key, "api.example.org", "10.0.0.1", "fd00::1")),
        2,
        "does not hold the names: API.example\n",
    ),
    "one address short": (
        lambda p: p.leaf.write_bytes(certificate(p.key, "api.example", "10.0.0.11", "fd00::1")),
        2,
        "does not hold the names: 10.0.0.1\n",
    ),
    "expired": (lambda p: p.ca.write_bytes(certificate(p.key, end=NOW - DAY)), 2, "ca.pem: has expired"),
    "SA pair torn": (lambda p: p.public.write_bytes(public(other_key())), 1, "sa.pub: does not match its key"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_told_in_a_line(sandbox, pki, fault):
    """check names the file and its fault; 1 for the unusable, 2 for what is there but expired or short of a name."""
    damage, expected, words = FAULTS[fault]
    sandbox.run("pki.sh", "stage")
    damage(pki)
    code, output = sandbox.run("pki.sh", "check")
    assert code == expected
    assert words in output


@pytest.mark.parametrize("bad", ["empty private", "empty public", "no pair", "garbage", "half is absent"])
def test_a_bad_staged_pair_never_replaces_a_good_one(sandbox, pki, bad):
    """Both halves of the service-account pair are good or neither is taken."""
    sandbox.run("pki.sh", "stage")
    before = pki.private.read_bytes(), pki.public.read_bytes()
    new = other_key()
    pair = {
        "empty private": (b"", public(new)),
        "empty public": (private(new), b""),
        "no pair": (private(new), public(other_key())),
        "garbage": (b"null", b"null"),
        "half is absent": (private(new), public(new)),
    }[bad]
    pki.stage(*pair)
    if bad == "half is absent":
        (pki.staged / "sa.pub").unlink()
    code, _ = sandbox.run("pki.sh", "stage")
    assert code == 0
    assert (pki.private.read_bytes(), pki.public.read_bytes()) == before


def test_a_rotated_pair_is_taken(sandbox, pki):
    """A new pair that matches replaces the old one; what key-keeper reads back stays staged."""
    sandbox.run("pki.sh", "stage")
    new = other_key()
    pki.stage(private(new), public(new))
    sandbox.run("pki.sh", "stage")
    assert (pki.private.read_bytes(), pki.public.read_bytes()) == (private(new), public(new))
    assert (pki.staged / "sa.pem").exists()


@pytest.mark.usefixtures("pki")
def test_a_check_asks_openssl_once_for_each_file(sandbox):
    """It runs every 30 seconds for ever: one call a file, and one more for each IPv6 address."""
    sandbox.stub("openssl", f'exec {shutil.which("openssl")} "$@"')
    sandbox.run("pki.sh", "stage")
    before = len(sandbox.calls)
    assert sandbox.run("pki.sh", "check") == (0, "")
    assert len(sandbox.calls) - before == 5 + 1
