"""pki.sh and key-keeper-prestart.sh over real certificates."""

import datetime as dt
import ipaddress
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.scripts.conftest import Sandbox

NOW = dt.datetime.now(dt.UTC)
Key = ec.EllipticCurvePrivateKey
DAY = dt.timedelta(days=1)


def private(key: Key) -> bytes:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption())


def public(key: Key) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def certificate(key: Key, *names: str, end: dt.datetime = NOW + DAY) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    sans = [x509.IPAddress(ipaddress.ip_address(n)) if n[0].isdigit() or ":" in n else x509.DNSName(n) for n in names]
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), NOW - 2 * DAY, end)
    if sans:
        builder = builder.add_extension(x509.SubjectAlternativeName(sans), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


class Pki:
    """The files of one small master, good at first."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.folder = sandbox.root / "etc/kubernetes/pki"
        self.folder.mkdir(parents=True)
        self.staged = Path(sandbox.settings["KEY_KEEPER_DIR"]) / "staged"
        self.staged.mkdir(parents=True)
        self.sa = ec.generate_private_key(ec.SECP256R1())
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.ca, self.leaf, self.leaf_key = (self.folder / n for n in ("ca.pem", "server.pem", "server-key.pem"))
        self.private, self.public = self.folder / "sa.pem", self.folder / "sa.pub"
        self.ca.write_bytes(certificate(self.key))
        self.leaf.write_bytes(certificate(self.key, "api.example", "10.0.0.1", "fd00::1"))
        self.leaf_key.write_bytes(private(self.key))
        self.stage(private(self.sa), public(self.sa))
        names = "API.example,10.0.0.1,fd00:0::1"
        sandbox.table(
            "pki",
            (str(self.ca), "ca", "-", "-", "-"),
            (str(self.leaf), "certificate", str(self.leaf_key), names, "-"),
            (str(self.leaf_key), "key", "-", "-", "-"),
            (str(self.private), "private-key", "-", "-", str(self.staged / "sa.pem")),
            (str(self.public), "public-key", str(self.private), "-", str(self.staged / "sa.pub")),
        )

    def stage(self, private_pem: bytes, public_pem: bytes) -> None:
        """What key-keeper would fetch."""
        (self.staged / "sa.pem").write_bytes(private_pem)
        (self.staged / "sa.pub").write_bytes(public_pem)


@pytest.fixture
def pki(sandbox: Sandbox) -> Pki:
    sandbox.stub("systemctl", 'case $1 in show) cat "${STARTED:-/dev/null}";; esac')
    return Pki(sandbox)


def restarts(sandbox: Sandbox) -> list[str]:
    return [c for c in sandbox.calls if "restart" in c]


def other_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


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
