"""The stand-in for key-keeper: it orders as key-keeper does, and each of its bad habits is really there."""

import socket
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from tests.key_keeper.running import Keeper, cpu_seconds, mode, until


def leaf(keeper: Keeper) -> x509.Certificate:
    return x509.load_pem_x509_certificate(keeper.leaf.read_bytes())


def common_name(certificate: x509.Certificate) -> str | bytes:
    return certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value


def test_one_round_orders_everything(keeper):
    """A two-use token becomes a certificate that matches its key, the authority and the secret."""
    assert keeper.once() == 0, keeper.said
    key = serialization.load_pem_private_key(keeper.key.read_bytes(), None)
    assert key.public_key() == leaf(keeper).public_key()
    leaf(keeper).verify_directly_issued_by(x509.load_pem_x509_certificate(keeper.ca.read_bytes()))
    assert keeper.secret.read_text() == "PRIVATE"
    token = (keeper.root / "bootstrap.token").read_text()
    assert keeper.bao.refused("GET", "auth/token/lookup-self", token), "both uses are taken"


def test_files_are_open_to_all_but_for_the_umask(keeper):
    """Certificates, credentials and the secret are 0644, folders 0777; only the leaf's key is 0600."""
    assert keeper.once(UMASK="0") == 0, keeper.said
    state = keeper.root / "vault"
    open_files = (keeper.leaf, keeper.ca, keeper.secret, state / "role-id", state / "secret-id")
    assert {mode(f) for f in open_files} == {0o644}
    assert {mode(f.parent) for f in open_files} == {0o777}
    assert mode(keeper.key) == 0o600


def test_a_umask_closes_what_it_writes(keeper):
    """Under UMask=0077 nothing is open to others."""
    assert keeper.once(UMASK="077") == 0, keeper.said
    assert mode(keeper.secret) == mode(keeper.root / "vault/secret-id") == 0o600
    assert mode(keeper.secret.parent) == 0o700


def test_an_empty_bootstrap_file_is_enough_once_logged_in_but_it_must_be_there(keeper):
    """Cached credentials log in again over an empty file, and do not without any file."""
    keeper.once()
    keeper.give_token("")
    keeper.leaf.unlink()
    keeper.once()
    assert keeper.leaf.exists(), keeper.said
    (keeper.root / "bootstrap.token").unlink()
    keeper.leaf.unlink()
    keeper.once()
    assert not keeper.leaf.exists()
    assert "open bootstrap token" in keeper.said


def test_it_does_not_unwrap(keeper):
    """A wrapping token in the bootstrap file opens nothing."""
    info = keeper.bao.call("POST", "auth/token/create", {"policies": ["web"]}, X_Vault_Wrap_TTL="5m")["wrap_info"]
    keeper.give_token(info["token"])
    keeper.once()
    assert not keeper.leaf.exists()


def test_an_issuer_whose_first_login_fails_is_dropped_until_a_restart(keeper):
    """The process lives on and never tries again, even with a good token; a new process does."""
    keeper.give_token("s.wrong")
    process = keeper.start()
    assert until(lambda: "connect to vault" in keeper.said)
    keeper.give_token()
    time.sleep(2)
    assert process.poll() is None
    assert keeper.said.count("connect to vault") == 1
    assert not keeper.leaf.exists()
    keeper.stop()
    keeper.once()
    assert keeper.leaf.exists(), keeper.said


def test_a_failed_renewal_of_the_login_spins(keeper):
    """Without a pause: hundreds of lines a second and most of a core."""
    keeper.approle("60s")
    process = keeper.start()
    assert until(keeper.key.exists), keeper.said
    keeper.bao.call("DELETE", f"auth/{keeper.prefix}/approle/role/web")
    assert until(lambda: "login:" in keeper.said)
    lines, used, begin = keeper.said.count("\n"), cpu_seconds(process.pid), time.monotonic()
    time.sleep(3)
    passed = time.monotonic() - begin
    assert (keeper.said.count("\n") - lines) / passed > 100
    assert (cpu_seconds(process.pid) - used) / passed > 0.4
    assert process.poll() is None


def test_a_failed_read_truncates_a_good_secret_and_is_never_retried(keeper):
    """The service-account key is gone after one failed read, and stays away when Vault has it again."""
    keeper.once()
    path = f"{keeper.prefix}/kv/data/sa"
    keeper.bao.call("DELETE", path)
    keeper.start()
    assert until(lambda: keeper.secret.read_bytes() == b"")
    keeper.bao.call("POST", path, {"data": {"private": "PRIVATE"}})
    time.sleep(2)
    assert keeper.secret.read_bytes() == b""


@pytest.mark.parametrize(
    "text", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_a_leaf_that_cannot_be_parsed_makes_it_panic(keeper, text):
    """Exit 2, at every start: Restart= alone never mends it."""
    keeper.once()
    keeper.leaf.write_text(text)
    assert keeper.once() == 2
    assert keeper.once() == 2
    assert "panic" in keeper.said


def test_triggers_run_after_failures_too_every_round(keeper):
    """Each refused order runs the trigger; a certificate that is there does not."""
    keeper.close_role()
    keeper.start()
    assert until(lambda: keeper.triggers > 3), keeper.said
    keeper.open_role()
    assert until(keeper.key.exists)
    time.sleep(1)
    before = keeper.triggers
    time.sleep(1)
    assert keeper.triggers == before


def test_only_the_end_of_a_certificate_makes_it_order(keeper):
    """Other names change nothing; renewBefore does, but not without withUpdate."""
    keeper.once()
    first = leaf(keeper).serial_number
    keeper.spec["hostnames"] = ["another.example"]
    keeper.once()
    assert leaf(keeper).serial_number == first
    keeper.config["certificates"][1] |= {"renewBefore": "2h", "withUpdate": False}
    keeper.once()
    assert leaf(keeper).serial_number == first
    keeper.config["certificates"][1]["withUpdate"] = True
    keeper.once()
    assert leaf(keeper).serial_number != first


def test_names_of_the_host(keeper):
    """$HOSTNAME, static addresses and those of matching cards go into the certificate, each once."""
    keeper.spec["subject"]["commonName"] = "node-$HOSTNAME"
    keeper.spec["hostnames"] = ["$HOSTNAME", "web.example"]
    keeper.spec["ipAddresses"] = {"static": ["10.0.0.1", "fd00::1"], "interfaces": ["l"], "dnsLookup": ["localhost"]}
    keeper.once()
    host = socket.gethostname()
    names = leaf(keeper).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert common_name(leaf(keeper)) == f"node-{host}"
    assert set(names.get_values_for_type(x509.DNSName)) >= {host, "web.example"}
    assert {"10.0.0.1", "fd00::1", "127.0.0.1"} <= {str(a) for a in names.get_values_for_type(x509.IPAddress)}


def test_a_name_that_does_not_resolve_keeps_the_certificate_away(keeper):
    """dnsLookup must resolve, or nothing is ordered."""
    keeper.spec["ipAddresses"] = {"dnsLookup": ["nowhere.invalid"]}
    keeper.once()
    assert not keeper.leaf.exists()
    assert keeper.ca.exists()


def test_a_file_is_read_once(keeper):
    """A configuration that cannot be read is not read again when it is mended."""
    keeper.config["certificates"][1]["renewBefore"] = "30d"
    keeper.start()
    assert until(lambda: 'invalid duration "30d"' in keeper.said)
    (keeper.folder / "vault-config").write_text("issuers: []\n")
    time.sleep(1)
    assert keeper.said.count("\n") == 1
