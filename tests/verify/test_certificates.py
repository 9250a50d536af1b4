"""Certificates on a machine: each way in which one can be wrong has its own words."""

import datetime as dt

import pytest

from cloudgen.generate import machine_facts
from tests.specs import IPV6, spec
from tests.verify.issuing import DAY, NOW, Leaf, authority, key, private, public, short_key
from tests.verify.machines import ELSEWHERE, Disk, booted, findings, told

FACTS = machine_facts(spec(), "master-0")
ETCD, API, ADMIN = (FACTS.pki.certificate(name) for name in ("etcd-server", "kube-apiserver", "kubeadm-client"))
KUBELET = FACTS.pki.certificate("kubelet-client")
ETCD_CA, KUBERNETES_CA = (FACTS.pki.authority(name).path for name in ("etcd-ca", "kubernetes-ca"))
PRIVATE, PUBLIC = (FACTS.pki.half(half).path for half in ("private", "public"))
HOUR = dt.timedelta(hours=1)


def etcd(**changes: object) -> bytes:
    return Leaf.of(ETCD).but(**changes).pem()


def admin(**changes: object) -> bytes:
    return Leaf.of(ADMIN).but(**changes).pem()


@pytest.fixture
def disk() -> Disk:
    return booted()


@pytest.mark.parametrize(
    ("machine", "sections"),
    [
        ("master-0", {}),
        ("node-a", ELSEWHERE),
        ("master-0", {"kubernetesVersion": "v1.22.0"}),
        ("master-0", {"format": "ignition", "host": {"family": "flatcar"}}),
        ("master-0", {"host": {"family": "rhel"}}),
        ("a", {**IPV6, "names": "hosts"}),
    ],
)
def test_a_good_machine_is_good(machine, sections):
    """Under any names, ports and folders; all files of the catalogue are told of."""
    disk = booted(machine, **sections)
    assert told(disk) == []
    certificates = machine_facts(spec(**sections), machine).pki.certificates
    ends = {f.subject: f.message for f in findings(disk) if f.message.startswith("ends")}
    assert {c.path for c in certificates} < set(ends)
    assert ends[certificates[0].path] == "ends 2030-06-03 12:00 UTC, in 29 d"


SPOILT = {
    "missing": (ETCD.path, None, "fail: missing"),
    "empty": (ETCD.path, b"", "fail: empty"),
    "white-space": (ETCD.path, b"\n", "fail: empty"),
    "no-certificate": (ETCD.path, b"rubbish", "fail: is no certificate, or a damaged one"),
    "cut-off": (ETCD.path, etcd()[:300], "fail: is no certificate, or a damaged one"),
    "a-key-in-its-place": (ETCD.path, private(key("x")), "fail: is no certificate, or a damaged one"),
    "expired": (
        ETCD.path,
        etcd(begins=NOW - 40 * DAY, ends=NOW - 3 * HOUR),
        "fail: has expired: it ended 2030-05-05 09:00 UTC, 3 h ago",
    ),
    "ends-now": (ETCD.path, etcd(ends=NOW), "fail: has expired: it ended 2030-05-05 12:00 UTC, 0 min ago"),
    "not-yet-valid": (
        ETCD.path,
        etcd(begins=NOW + HOUR),
        "fail: is not valid before 2030-05-05 13:00 UTC: it is 2030-05-05 12:00 UTC here",
    ),
    "renewal-due": (
        ETCD.path,
        etcd(begins=NOW - 25 * DAY, ends=NOW + 5 * DAY),
        "warning: ends 2030-05-10 12:00 UTC, in 5 d: its renewal was due 5 d ago",
    ),
    "renewed-without-end": (
        ETCD.path,
        etcd(ends=NOW + 2 * DAY),
        "warning: lives 3 d and is renewed 10 d before its end: key-keeper orders it without end",
    ),
    "name-missing": (ETCD.path, etcd(names=Leaf.of(ETCD).names[1:]), "fail: does not hold localhost"),
    "address-missing": (
        ETCD.path,
        etcd(names=tuple(n for n in Leaf.of(ETCD).names if n != "10.0.0.10")),
        "fail: does not hold 10.0.0.10",
    ),
    "names-of-nobody": (
        ETCD.path,
        etcd(names=("localhost", "master-0-example")),
        "fail: does not hold master-0.example.example.org, ",
    ),
    "name-too-much": (
        ETCD.path,
        etcd(names=(*Leaf.of(ETCD).names, "*.example.org")),
        "warning: holds more than was ordered: *.example.org",
    ),
    "common-name": (
        ETCD.path,
        etcd(common_name="system:etcd-peer"),
        "fail: is of system:etcd-peer (CN), not of system:",
    ),
    "organisation-missing": (
        ADMIN.path,
        admin(organizations=()),
        "fail: its organisations (O) are none, not system:masters",
    ),
    "organisation-too-much": (
        KUBELET.path,
        Leaf.of(KUBELET).but(organizations=("system:nodes", "system:masters")).pem(),
        "fail: its organisations (O) are system:masters, system:nodes, not system:nodes",
    ),
    "usage-missing": (ETCD.path, etcd(usages=("client auth",)), "fail: is not made for server auth"),
    "no-usages": (ADMIN.path, admin(usages=()), "fail: is not made for client auth"),
    "usage-too-much": (
        ADMIN.path,
        admin(usages=("client auth", "server auth")),
        "warning: may also be used for server auth",
    ),
    "an-authority": (ETCD.path, etcd(authority=True), "fail: is an authority: whoever has its key signs for anybody"),
    "foreign-authority": (
        ETCD.path,
        etcd(issuer="kubernetes-ca"),
        f"fail: is not of the authority {ETCD_CA}: it was issued by CN=kubernetes-ca",
    ),
    "forged-authority": (
        ETCD.path,
        etcd(signer="somebody"),
        f"fail: is not of the authority {ETCD_CA}: another key of that name signed it",
    ),
    "outlives-its-authority": (
        ETCD.path,
        etcd(ends=NOW + 4000 * DAY),
        "warning: outlives its authority, which ends 2038-07-22 12:00 UTC",
    ),
    "key-of-another": (ETCD.key_path, private(key("another")), f"fail: does not match its key {ETCD.key_path}"),
    "key-missing": (ETCD.key_path, None, "fail: missing"),
    "key-damaged": (ETCD.key_path, private(key("etcd-server"))[:60], "fail: is no private key, or a damaged one"),
    "authority-as-a-leaf": (ETCD_CA, authority("etcd-ca", authority=False), "fail: is no authority: CN=etcd-ca"),
    "authority-expired": (
        ETCD_CA,
        authority("etcd-ca", begins=NOW - 9 * DAY, ends=NOW - 2 * DAY),
        "fail: has expired: it ended 2030-05-03 12:00 UTC, 2 d ago",
    ),
    "authority-ends-soon": (ETCD_CA, authority("etcd-ca", ends=NOW + 9 * DAY), "warning: ends 2030-05-14 12:00 UTC"),
    "authorities-in-one-file": (
        ETCD_CA,
        authority("etcd-ca") + authority("root"),
        "warning: holds 2 certificates: leaves of each of them are trusted",
    ),
    "one-authority-for-two": (
        KUBERNETES_CA,
        authority("etcd-ca"),
        f"fail: is the authority of {ETCD_CA} too: whom one of them signed, both let in",
    ),
    "service-account-key-damaged": (PRIVATE, b"x", "fail: is no private key, or a damaged one"),
    "service-account-pair": (PUBLIC, public(key("another")), f"fail: does not match its private key {PRIVATE}"),
    "service-account-public-key-damaged": (PUBLIC, b"x", "fail: is no public key, or a damaged one"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_is_wrong_is_told(disk, name):
    """At its file, with what is wrong, and with what to do."""
    path, data, said = SPOILT[name]
    if data is None:
        disk.drop(path)
    else:
        disk.put(path, data)
    where = ETCD.path if said.startswith("fail: does not match its key") else path
    found = [f for f in findings(disk) if f.subject == where and f"{f.state}: {f.message}".startswith(said)]
    assert len(found) == 1, told(disk)
    assert found[0].remedy or "outlives" in said


def test_one_fault_is_told_once(disk):
    """A missing certificate is no reason to tell of its key, its kubeconfig or its pod."""
    disk.drop(ADMIN.path)
    assert told(disk) == [f"fail certificates {ADMIN.path}: missing"]


def test_a_short_key_is_told(disk):
    """RSA as the spec says; kinds of keys are not compared by their bits."""
    disk.put(ETCD.path, etcd(key=short_key()))
    disk.put(ETCD.key_path, private(short_key()))
    assert told(disk) == [f"warning certificates {ETCD.path}: its key has 1024 bits, not 2048"]


@pytest.mark.parametrize(
    ("path", "mode", "said"),
    [
        (ETCD.key_path, 0o640, "its mode is 0640: others may read it"),
        (PRIVATE, 0o604, "its mode is 0604: others may read it"),
        (ETCD.path, 0o664, "its mode is 0664: others may change it"),
        (ETCD_CA, 0o666, "its mode is 0666: others may change it"),
    ],
)
def test_open_files_are_told(disk, path, mode, said):
    """A private key nobody else may read, a certificate nobody else may write."""
    disk.change(path, mode=mode)
    assert told(disk) == [f"fail certificates {path}: {said}"]


@pytest.mark.parametrize("path", [ETCD.path, PUBLIC, ETCD_CA])
def test_a_certificate_may_be_read_by_all(disk, path):
    """It is no secret."""
    disk.change(path, mode=0o644)
    assert told(disk) == []


def test_the_owner_is_the_system_s(disk):
    """Whoever unpacked the system owns its files; anybody else may not."""
    disk.change(ETCD.key_path, owner=1000)
    assert told(disk) == [f"fail certificates {ETCD.key_path}: belongs to user 1000, not to 0, who owns the system"]
    shifted = {path: replaced(seen, 100_000) for path, seen in booted().items()}
    assert told(shifted) == []


def replaced(seen, owner):
    return type(seen)(**{**{name: getattr(seen, name) for name in seen.__slots__}, "owner": owner})


def test_addresses_of_an_interface(disk):
    """A machine without an address in the spec: the certificate holds whichever it has, but not none."""
    masters = [{"name": "master-0"}]
    disk = booted(masters=masters)
    facts = machine_facts(spec(masters=masters), "master-0")
    certificate = facts.pki.certificate("kubelet-server")
    every = [c for c in facts.pki.certificates if c.interfaces]
    assert len(told(disk)) == len(every)
    assert "holds no address of the machine's network interface" in told(disk)[0]
    for found in every:
        leaf = Leaf.of(found)
        disk.put(found.path, leaf.but(names=(*leaf.names, "10.9.9.9")).pem())
    assert certificate in every
    assert told(disk) == []


def test_no_key_is_ever_told(disk):
    """Not even of a damaged one: its bytes are compared, never quoted."""
    secret = private(key("etcd-server"))
    disk.put(ETCD.path, secret + b"damaged")
    disk.put(ETCD.key_path, secret[:-40])
    said = " ".join(f"{f.message} {f.remedy} {f.details}" for f in findings(disk))
    assert [line for line in secret.decode().splitlines()[1:-1] if line in said] == []
