"""What a machine's files tell beside certificates: bootstrap, identities, kubeconfigs, static pods, disk, units."""

from collections.abc import Mapping
from typing import Any

import pytest

from cloudgen.verify import Kind, State
from cloudgen.verify.workload_checks import PODS
from tests.verify.machines import Disk, booted, findings, told

STATE, KEEPER, ROOT = "/var/lib/cloudgen", "/var/lib/key-keeper", "/etc/kubernetes"
TOKEN, SECRET_ID = f"{STATE}/tokens/etcd-ca", f"{KEEPER}/vault/etcd-ca/secret-id"
ADMIN, SCHEDULER = f"{ROOT}/admin.conf", f"{ROOT}/kube-scheduler/kubeconfig"
MANIFEST, FLAGS = f"{ROOT}/manifests/etcd.yaml", f"{ROOT}/kubelet/service/kubelet-args.env"
DISK: Mapping[str, Any] = {"etcd": {"disk": {"device": "/dev/vdb", "label": "data"}}}
FSTAB = "LABEL=data /var/lib/etcd ext4 defaults,nofail 0 2\n"


@pytest.fixture
def disk() -> Disk:
    return booted()


def bootstrap_ended(disk: Disk, name: str, text: str) -> None:
    disk.drop(f"{STATE}/done")
    disk.put(f"{STATE}/{name}", text)


def token_left(disk: Disk, text: str, state: str) -> None:
    disk.put(TOKEN, text)
    disk.put(f"{STATE}/unwrap/etcd-ca", state)


def without_drop_in(disk: Disk) -> None:
    disk.drop("/etc/systemd/system/kubelet.service.d/10-fraima.conf")


SPOILT = {
    "bootstrap-failed": (
        lambda d: bootstrap_ended(d, "failed", "step=unwrap\ncode=30\ntime=T\nlog:\na\nb\n"),
        "fail bootstrap : failed at the step unwrap with code 30, T",
    ),
    "bootstrap-cut-off": (
        lambda d: bootstrap_ended(d, "step", "downloads"),
        "fail bootstrap : is at the step downloads, or was cut off there",
    ),
    "bootstrap-never-ran": (lambda d: d.drop(f"{STATE}/done"), "fail bootstrap : has never run"),
    "bootstrap-warned": (
        lambda d: d.put(f"{STATE}/done", "time=T\nT WARN no br_netfilter\n"),
        "warning bootstrap : T WARN no br_netfilter",
    ),
    "nothing-applied": (
        lambda d: d.drop(f"{STATE}/post-install.done"),
        "warning post-install : nothing is applied yet",
    ),
    "apply-failed": (
        lambda d: (d.drop(f"{STATE}/post-install.done"), d.put(f"{STATE}/post-install.failed", "reason=x\n")),
        "fail post-install : manifests or labels were not applied",
    ),
    "host-name": (
        lambda d: d.put("/etc/hostname", "vm\n"),
        "warning host name : the host is called vm, its node master-0-example",
    ),
    "placeholder": (
        lambda d: token_left(d, "cloudgen:placeholder:bootstrap-token:master-0:etcd-ca\n", ""),
        "fail identities etcd-ca: was rendered without secrets: its token is a placeholder",
    ),
    "token-attempted": (
        lambda d: token_left(d, "hvs.x\n1\n", "attempted 0"),
        "fail identities etcd-ca: its token was tried, and no answer was kept: lost, or used by somebody else",
    ),
    "token-waiting": (
        lambda d: token_left(d, "hvs.x\n1\n", ""),
        "fail identities etcd-ca: its token was not exchanged yet",
    ),
    "secret-id-missing": (lambda d: d.drop(SECRET_ID), f"fail identities {SECRET_ID}: missing"),
    "secret-id-empty": (lambda d: d.put(SECRET_ID, b"\n"), f"fail identities {SECRET_ID}: empty"),
    "secret-id-open": (
        lambda d: d.change(SECRET_ID, mode=0o644),
        f"fail identities {SECRET_ID}: its mode is 0644: others may read it",
    ),
    "folder-open": (
        lambda d: d.change(KEEPER, mode=0o755),
        f"fail identities {KEEPER}: its mode is 0755: others may read it",
    ),
    "bootstrap-token-left": (
        lambda d: d.put(f"{KEEPER}/bootstrap.token", b"hvs.x"),
        f"warning identities {KEEPER}/bootstrap.token: still holds a token, although every issuer should have",
    ),
    "table-of-issuers": (
        lambda d: d.drop("/etc/cloudgen/issuers"),
        "fail identities : the table of issuers is missing or empty",
    ),
    "table-of-pki": (
        lambda d: d.drop("/etc/cloudgen/pki"),
        "fail certificates : the table of expected files is missing or empty",
    ),
    "key-keeper-orders-nothing": (
        lambda d: d.put(f"{ROOT}/pki/vault-config", "[]"),
        "fail certificates : key-keeper's configuration is missing or orders nothing",
    ),
    "kubeconfig-missing": (lambda d: d.drop(ADMIN), f"fail kubeconfigs {ADMIN}: missing"),
    "kubeconfig-open": (
        lambda d: d.change(ADMIN, mode=0o644),
        f"fail kubeconfigs {ADMIN}: its mode is 0644: others may read it",
    ),
    "kubeconfig-damaged": (
        lambda d: d.put(SCHEDULER, "kind: [Config"),
        f"fail kubeconfigs {SCHEDULER}: is no kubeconfig, or a damaged one",
    ),
    "kubeconfig-without-context": (
        lambda d: d.put(SCHEDULER, d[SCHEDULER].text.replace("current-context: ", "current-context: x")),
        f"fail kubeconfigs {SCHEDULER}: its current context lacks a cluster, a server, an authority or credentials",
    ),
    "kubeconfig-names-nothing": (
        lambda d: d.put(SCHEDULER, d[SCHEDULER].text.replace("-client-key.pem", "-lost-key.pem")),
        f"fail kubeconfigs {SCHEDULER}: names what is not there: {ROOT}/pki/certs/",
    ),
    "kubelet-without-kubeconfig": (without_drop_in, "fail kubeconfigs : kubelet's units name none for it"),
    "kubelet-without-pods": (
        without_drop_in,
        "fail static pods : kubelet's configuration names no folder of static pods",
    ),
    "manifest-missing": (
        lambda d: d.drop(MANIFEST),
        f"fail static pods etcd: there is no manifest of it in {ROOT}/manifests",
    ),
    "manifest-damaged": (
        lambda d: d.put(MANIFEST, "\tx"),
        f"fail static pods {MANIFEST}: is no pod, or a damaged one",
    ),
    "manifest-twice": (
        lambda d: d.put(f"{MANIFEST}.bak", d[MANIFEST].data),
        f"fail static pods {MANIFEST}.bak: is one of 2 manifests of etcd",
    ),
    "manifest-open": (
        lambda d: d.change(MANIFEST, mode=0o666),
        f"fail static pods {MANIFEST}: its mode is 0666: others may change it",
    ),
    "flag-names-nothing": (
        lambda d: d.drop(f"{ROOT}/kube-apiserver/audit-policy.yaml"),
        f"fail static pods {ROOT}/manifests/kube-apiserver.yaml: its flags name what is not there: {ROOT}/kube-api",
    ),
    "etcd-folder-missing": (
        lambda d: d.drop("/var/lib/etcd"),
        "fail etcd data /var/lib/etcd: there is no such folder",
    ),
    "etcd-folder-open": (
        lambda d: d.change("/var/lib/etcd", mode=0o755),
        "fail etcd data /var/lib/etcd: its mode is 0755: others may read it",
    ),
    "unit-missing": (
        lambda d: d.drop("/etc/systemd/system/kubelet.service"),
        "fail units kubelet.service: there is no such unit",
    ),
    "unit-not-enabled": (
        lambda d: d.drop("/etc/systemd/system/multi-user.target.wants/key-keeper.service"),
        "fail units key-keeper.service: is not enabled: it would not start at boot",
    ),
    "bootstrap-not-enabled": (
        lambda d: d.drop(f"{STATE}/done"),
        "fail units cloudgen-bootstrap.service: is not enabled: it would not start at boot",
    ),
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_is_wrong_is_told(disk, name):
    """At its file, in its own words."""
    spoil, said = SPOILT[name]
    spoil(disk)
    assert [line for line in told(disk) if line.startswith(said)], told(disk)


def test_what_all_lack_is_told_once(disk):
    """Before the bootstrap's end, and before key-keeper's first order: a line, not forty-eight."""
    for path in [path for path in disk if path.startswith((f"{ROOT}/pki/c", f"{KEEPER}/vault/"))]:
        if disk[path].kind is Kind.FILE:
            disk.drop(path)
    assert told(disk) == [
        "fail identities : of each of 17 issuers: missing",
        "fail certificates : none of the 31 files is there",
    ]


def test_the_log_of_a_failure_is_shown(disk):
    """Its last lines, below the step and the code."""
    log = "".join(f"line {n}\n" for n in range(40))
    bootstrap_ended(disk, "failed", f"step=names\ncode=1\ntime=T\nlog:\n{log}")
    assert findings(disk)[0].details == tuple(f"line {n}" for n in range(30, 40))


def test_a_machine_without_the_administrator_is_good():
    """It has neither its certificate nor its kubeconfig, and applies nothing."""
    disk = booted("master-1", adminCertificate="first")
    assert ADMIN not in disk
    assert told(disk) == []


def test_a_shared_token_leaves_no_marks():
    """Where one token serves all issuers, none has a state of its own."""
    disk = booted(vault={"server": "https://vault.example.org:8200", "bootstrap": {"mode": "shared"}})
    for path in [path for path in disk if path.startswith(f"{STATE}/unwrap/")]:
        disk.drop(path)
    assert told(disk) == []


@pytest.mark.parametrize("name", PODS)
def test_the_control_plane_is_on_every_machine(name):
    """The pods that are looked for are those that are rendered."""
    assert f"{ROOT}/manifests/{name}.yaml" in booted()
    assert len(PODS) == len(booted()[f"{ROOT}/manifests"].entries)


@pytest.mark.parametrize(
    ("fstab", "device", "held", "state", "said"),
    [
        (FSTAB, 2, (), State.OK, "is mounted (LABEL=data)"),
        (FSTAB, 1, (), State.SKIPPED, "the disk is not mounted here"),
        (FSTAB, 1, ("member",), State.FAIL, "etcd wrote to the root disk: the disk data is not mounted"),
        (
            f"#{FSTAB}",
            2,
            (),
            State.FAIL,
            "/etc/fstab does not mount the disk data there: it would be gone after a boot",
        ),
    ],
)
def test_etcd_s_disk(fstab, device, held, state, said):
    """Asked for in the spec: mounted, or at least to be mounted, and never passed over by etcd."""
    disk = booted(**DISK)
    disk.put("/etc/fstab", fstab)
    disk.change("/var/lib", device=1)
    disk.change("/var/lib/etcd", device=device)
    for name in held:
        disk.folder(f"/var/lib/etcd/{name}")
    assert (state, said) in [(f.state, f.message) for f in findings(disk) if f.check == "etcd data"]


def test_every_text_may_be_rubbish():
    """Nothing is raised, whatever a file holds: the fault is told at it, or at what needs it."""
    for path, seen in booted().items():
        if seen.data and path != "/etc/cloudgen/bootstrap.env":
            for data in (b"\xff\xfe\x00", b"a: &a [*a, *a]\n", b"[" * 2000, b"x\t" * 50, b'A="\\'):
                disk = booted()
                disk.put(path, data)
                findings(disk)


@pytest.mark.parametrize(
    ("pattern", "known"),
    [("vault-config", 1), (".*/vault-conf.*", 1), ("^/etc/.*config$", 1), ("other", 0), ("(a+)+b", 0), ("[", 0)],
)
def test_the_pattern_of_key_keeper_s_configuration(disk, pattern, known):
    """Its files are found as key-keeper finds them; one that could keep us busy for ever finds none."""
    unit = "/etc/systemd/system/key-keeper.service"
    disk.put(unit, disk[unit].text.replace("-config-regexp .*vault-config", f"-config-regexp {pattern}"), 0o644)
    assert len([f for f in findings(disk) if f.check == "key-keeper"]) == known
