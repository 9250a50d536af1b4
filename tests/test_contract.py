"""What Kubernetes, etcd and systemd ask of a master, stated here and read from a rendered one: no goldens."""

import re
import urllib.request
from typing import Any

import pytest

from cloudgen.encoders import ENCODERS
from cloudgen.facts import Facts
from cloudgen.generate import machine_facts
from cloudgen.pieces import File, KernelModule, Sysctl, Unit
from cloudgen.secrets import PLACEHOLDERS
from tests.judges import strict_yaml
from tests.specs import MANIFESTS, container, content, flag, flags, node, spec

PODS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
DISK: dict[str, Any] = {"etcd": {"disk": {"device": "/dev/disk/by-id/virtio-etcd"}}}
IDENTITIES = {
    "kubeadm-client": ("custom:kubeadm-client", ("system:masters",)),
    "kubelet-client": ("system:node:master-0-example", ("system:nodes",)),
    "kube-controller-manager-client": ("system:kube-controller-manager", ()),
    "kube-scheduler-client": ("system:kube-scheduler", ()),
}
"""As the authorizers and the default bindings know them (kubernetes.io, "PKI certificates and requirements")."""


def facts() -> Facts:
    return machine_facts(spec(), "master-0")


def unit(name: str) -> dict[str, list[str]]:
    """The settings of a unit, whatever their section; every word of those that are lists."""
    (text,) = [unit.text or "" for unit in node().of(Unit) if unit.name == name]
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        key, separator, value = line.partition("=")
        if separator and not line.startswith("#"):
            found.setdefault(key, []).extend(value.split())
    return found


@pytest.mark.parametrize("name", ["kubelet.service", "key-keeper.service"])
def test_what_waits_is_never_given_up(name):
    """Every failure is retried, however many came before: systemd's limit of five starts would end a first boot."""
    settings = unit(name)
    assert settings["Restart"] == ["always"]
    assert settings["StartLimitIntervalSec"] == ["0"]


def test_kubelet_may_wait_for_its_certificates():
    """The wait has a bound of its own; systemd's usual 90 seconds would end it."""
    assert unit("kubelet.service")["TimeoutStartSec"] == ["infinity"]


def test_kubelet_follows_what_it_needs_and_falls_with_nothing():
    """It is started after its runtime and key-keeper; a restart of these does not stop it."""
    settings = unit("kubelet.service")
    assert {"containerd.service", "key-keeper.service"} <= {*settings["After"]} & {*settings["Wants"]}
    assert not {"Requires", "BindsTo", "PartOf", "Requisite"} & set(settings)


def test_key_keeper_writes_for_root_alone():
    """It makes no modes of its own: the unit's mask keeps keys private."""
    assert unit("key-keeper.service")["UMask"] == ["0077"]


@pytest.mark.parametrize("name", IDENTITIES)
def test_clients_are_who_kubernetes_knows(name):
    """Common names and organizations are those that the authorizers and the default bindings speak of."""
    certificate = facts().pki.certificate(name)
    assert (certificate.common_name, certificate.organization) == IDENTITIES[name]


@pytest.mark.parametrize("name", ["etcd-peer", "etcd-server"])
def test_members_of_etcd_are_clients_of_each_other(name):
    """A member dials others with the certificate that it serves with; its gRPC gateway does so too."""
    assert set(facts().pki.certificate(name).usages) == {"server auth", "client auth"}


def test_key_keeper_renews_every_certificate():
    """Without `withUpdate` it orders once and lets them expire."""
    config = strict_yaml.load(content("/etc/kubernetes/pki/vault-config"))
    leaves = [item for item in config["certificates"] if not item.get("isCa")]
    assert [leaf["withUpdate"] for leaf in leaves] == [True] * 13


def test_credentials_lie_where_key_keeper_reads_them():
    """The table by which the machine unwraps names the same two files for each issuer as key-keeper's configuration."""
    config = strict_yaml.load(content("/etc/kubernetes/pki/vault-config"))
    roles = {issuer["name"]: issuer["vault"]["auth"]["appRole"] for issuer in config["issuers"]}
    rows = [line.split("\t") for line in content("/etc/cloudgen/issuers").splitlines() if not line.startswith("#")]
    assert {row[0]: tuple(row[4:]) for row in rows} == {
        name: (role["roleIDLocalPath"], role["secretIDLocalPath"]) for name, role in roles.items()
    }


def test_nobody_comes_in_unknown():
    """The API asks its authorizers, kubelet the API; neither serves who is anonymous to kubelet."""
    assert flag("kube-apiserver", "authorization-mode") == ["Node,RBAC"]
    config = strict_yaml.load(content("/etc/kubernetes/kubelet/config.yaml"))
    assert config["authentication"]["anonymous"]["enabled"] is False
    assert config["authorization"]["mode"] == "Webhook"


def test_tokens_are_signed_with_what_verifies_them():
    """kube-controller-manager and the API sign with the private half, of which the API has the public one."""
    private, public = facts().pki.half("private").path, facts().pki.half("public").path
    assert flag("kube-controller-manager", "service-account-private-key-file") == [private]
    assert flag("kube-apiserver", "service-account-signing-key-file") == [private]
    assert flag("kube-apiserver", "service-account-key-file") == [public]


def test_the_binding_is_for_who_asks_kubelets():
    """The user of the binding is the name in the certificate that the API shows to kubelets."""
    shown = flag("kube-apiserver", "kubelet-client-certificate")
    (user,) = [c.common_name for c in facts().pki.certificates if [c.path] == shown]
    (subject,) = strict_yaml.load(content("/etc/cloudgen/manifests/00-kubelet-access.yaml"))["subjects"]
    assert (subject["kind"], subject["name"]) == ("User", user)


@pytest.mark.parametrize("pod", PODS)
def test_files_of_flags_are_mounted(pod):
    """A file that a flag names lies below a mount of the pod, which shows the host's folder under its own path."""
    mounts = {mount["mountPath"].rstrip("/") for mount in container(pod)["volumeMounts"]}
    named = [value for _, _, value in (f.partition("=") for f in flags(pod)) if value.startswith("/")]
    assert named
    assert [path for path in named if not any(f"{path}/".startswith(f"{mount}/") for mount in mounts)] == []
    assert {volume["hostPath"]["path"].rstrip("/") for volume in volumes(pod)} == mounts


@pytest.mark.parametrize("pod", PODS)
def test_nothing_is_created_below_usr(pod):
    """kubelet creates a hostPath that is not there, and /usr may be read-only."""
    assert [v for v in volumes(pod) if v["hostPath"]["path"].startswith("/usr")] == []


def volumes(pod: str) -> Any:
    return strict_yaml.load(content(f"{MANIFESTS}/{pod}.yaml"))["spec"]["volumes"]


@pytest.mark.parametrize("name", ENCODERS)
def test_no_boot_waits_for_etcd_s_disk(name):
    """A disk that is away keeps kubelet from starting; without nofail the machine would end in the emergency shell."""
    text = ENCODERS[name].encode(node(**DISK), PLACEHOLDERS)
    assert re.search(r"ext4[^\n]*\bnofail\b", fstab(strict_yaml.load(text)))


def fstab(document: Any) -> str:
    """The line of the only disk, as a format of JSON or YAML carries it."""
    if mounts := document.get("mounts"):
        return " ".join(mounts[0])
    (file,) = [file for file in document["storage"]["files"] if file["path"] == "/etc/fstab"]
    with urllib.request.urlopen(file["append"][0]["source"]) as url:  # noqa: S310 - a data URL
        content: bytes = url.read()
    return content.decode()


def test_files_with_secrets_are_root_s_alone():
    """Tokens, key-keeper's configuration, kubeconfigs and manifests are written 0600."""
    tight = ("/var/lib/cloudgen/tokens/", "/etc/kubernetes/pki/vault-config", MANIFESTS)
    files = [f for f in node().of(File) if f.path.startswith(tight) or f.path.endswith((".conf", "/kubeconfig"))]
    opened = [f.path for f in files if f.mode & 0o077 and not f.path.endswith("10-fraima.conf")]
    assert len(files) > len(PODS)
    assert opened == []


def test_containers_survive_their_daemon():
    """systemd leaves them, and their cgroups, to containerd: its restart ends nobody."""
    settings = unit("containerd.service")
    assert (settings["KillMode"], settings["Delegate"]) == (["process"], ["yes"])


def test_the_pki_is_watched_all_the_time():
    """Soon after the boot for the first time, and again after each time."""
    assert {"OnActiveSec", "OnUnitInactiveSec"} <= set(unit("cloudgen-pki.timer"))


def test_the_bootstrap_ends():
    """systemd ends it when its own limit is over, for which cloud-init waits."""
    said = dict(line.split("=") for line in content("/etc/cloudgen/bootstrap.env").split() if "TIMEOUT" in line)
    assert unit("cloudgen-bootstrap.service")["TimeoutStartSec"] == [said["BOOTSTRAP_TIMEOUT"].strip('"')]


def test_a_renewed_serving_certificate_is_noticed():
    """The unit that restarts kubelet watches the file that kubelet serves with."""
    served = strict_yaml.load(content("/etc/kubernetes/kubelet/config.yaml"))["tlsCertFile"]
    assert unit("cloudgen-kubelet-certificate.path")["PathChanged"] == [served]


def test_clients_of_the_api_are_of_its_own_authority():
    """Certificates of etcd's or the aggregator's authority are nobody to the API and to kubelet."""
    (authority,) = {c.authority for c in facts().pki.certificates if c.name in IDENTITIES}
    path = facts().pki.authority(authority).path
    assert flag("kube-apiserver", "client-ca-file") == flag("kube-controller-manager", "client-ca-file") == [path]
    config = strict_yaml.load(content("/etc/kubernetes/kubelet/config.yaml"))
    assert config["authentication"]["x509"]["clientCAFile"] == path


def test_rights_are_narrow():
    """A node changes its own objects only; each controller has its own rights."""
    assert "NodeRestriction" in flag("kube-apiserver", "enable-admission-plugins")[0].split(",")
    assert flag("kube-controller-manager", "use-service-account-credentials") == ["true"]


@pytest.mark.parametrize("pod", ["kube-controller-manager", "kube-scheduler"])
def test_one_of_three_leads(pod):
    """Of the masters' controllers and schedulers one is at work."""
    assert flag(pod, "leader-elect") == ["true"]


@pytest.mark.parametrize("pod", PODS)
def test_static_pods_need_no_network_and_are_the_last_to_go(pod):
    """They run before any network of pods is there; kubelet evicts everybody else first."""
    described = strict_yaml.load(content(f"{MANIFESTS}/{pod}.yaml"))["spec"]
    assert described["hostNetwork"] is True
    assert described["priorityClassName"] == "system-node-critical"


def test_etcd_speaks_tls_but_to_its_own_machine():
    """Members and clients by HTTPS; metrics and probes, which need no certificate, on loopback."""
    urls = {f.partition("=")[0]: re.findall(r"https?://[^:]+", f) for f in flags("etcd") if "://" in f}
    assert set(urls.pop("--listen-metrics-urls")) == {"http://127.0.0.1"}
    assert [found for found in urls.values() if not all(url.startswith("https:") for url in found)] == []


def test_quorum_is_not_reconfigured_away():
    """etcd refuses a change of members that it would not survive."""
    assert flag("etcd", "strict-reconfig-check") == ["true"]


def test_the_machine_s_own_clients_ask_its_own_api():
    """A balancer in between would wait for the API that waits for them."""
    for name in ("kubelet", "kube-controller-manager", "kube-scheduler"):
        (cluster,) = strict_yaml.load(content(f"/etc/kubernetes/{name}/kubeconfig"))["clusters"]
        assert cluster["cluster"]["server"] == "https://127.0.0.1:6443"


def test_the_audit_log_holds_no_bodies():
    """Who did what, and never what was in it: bodies hold secrets."""
    policy = strict_yaml.load(content("/etc/kubernetes/kube-apiserver/audit-policy.yaml"))
    assert {rule["level"] for rule in policy["rules"]} <= {"None", "Metadata"}


def test_pods_ask_the_dns_service():
    """Its address is one of the services', and not the API's."""
    (address,) = strict_yaml.load(content("/etc/kubernetes/kubelet/config.yaml"))["clusterDNS"]
    assert address == facts().networking.dns_service != facts().networking.api_service


def test_packets_of_pods_are_forwarded():
    """Without these a network of pods reaches no other machine (kubernetes.io, "Container Runtimes")."""
    sysctls = {sysctl.key: sysctl.value for sysctl in node().of(Sysctl)}
    assert sysctls["net.ipv4.ip_forward"] == sysctls["net.bridge.bridge-nf-call-iptables"] == "1"
    assert {"overlay", "br_netfilter"} <= {module.name for module in node().of(KernelModule)}
