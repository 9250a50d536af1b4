"""From the article's variables to a spec: the same meaning, and every fault at its line."""

import ipaddress
import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudgen.generate import build
from cloudgen.load import inspect
from cloudgen.report import Report, Severity
from cloudgen.source import parse
from cloudgen.spec import Spec
from cloudgen.starter import from_env

ARTICLE = (Path(__file__).parents[1] / "data" / "article.env").read_text(encoding="utf-8")
PUBLIC = "SERVICE_CIDR: 29.64.0.0/16 is public address space: the real hosts there become unreachable from the cluster"
DERIVED = (
    "cloudgen derives these for each machine, whatever they say: "
    "BASE_CLUSTER_DOMAIN, ETCD_SERVERS, ETCD_INITIAL_CLUSTER, CRICTL_VERSION"
)
ARTICLE_SPEC = {
    "apiVersion": "cloudgen/v1alpha1",
    "clusterName": "example",
    "domain": "dobry-kot.ru",
    "kubernetesVersion": "v1.23.12",
    "provider": "generic",
    "masters": {"count": 1},
    "adminCertificate": "all",
    "networking": {"serviceSubnet": "29.64.0.0/16", "podSubnet": "10.244.0.0/16"},
    "vault": {"server": "http://master-0.example.dobry-kot.ru:9200/"},
    "pki": {"ttl": "10m", "renewBefore": "7m", "keySize": 4096},
    "etcd": {"version": "3.5.3-0"},
    "containerd": {"version": "1.6.8"},
    "binaries": {
        "runc": {"version": "v1.1.3"},
        "etcdctl": {"version": "v3.5.5"},
        "keyKeeper": {"url": "https://downloads.example.org/key-keeper", "sha256": "0" * 64},
    },
}


def plain(text: str) -> Any:
    return parse(text, "cluster.yaml").plain()


def loaded(text: str) -> Spec:
    spec, report = inspect(parse(text, "cluster.yaml"))
    assert spec is not None, report
    return spec


def told(report: Report, *severities: str) -> list[tuple[str, str, int | None]]:
    return [(p.severity, p.message, p.place.line if p.place else None) for p in report if p.severity in severities]


def infos(report: Report) -> list[str]:
    return [p.message for p in report.of_severity(Severity.INFO)]


def test_article_block():
    """The article's own block becomes the spec that means the same."""
    text, report = from_env(ARTICLE, name="article.env")
    assert plain(text) == ARTICLE_SPEC
    assert told(report, "error", "warning") == [
        (
            "warning",
            PUBLIC,
            46,
        ),
        ("warning", "VAULT_SERVER: tokens and certificates travel to Vault in clear text", 54),
    ]
    assert infos(report) == [
        DERIVED,
        "secrets stay out of the spec: VAULT_MASTER_TOKEN",
    ]


def test_article_spec_makes_a_machine():
    """What is made of the article's block is checked without an error down to the pieces of the machine."""
    spec = loaded(from_env(ARTICLE)[0])
    node, report = build(spec, "master-0")
    assert not report.failed
    assert node.pieces


def test_every_value_names_its_variable():
    """A comment behind each value says which variable it came from."""
    text, _ = from_env("export BASE_K8S_PATH=/opt/k8s ETCD_PEER_PORT=3380 SERVICE_DNS=29.64.0.11")
    for line in ("root: /opt/k8s  # BASE_K8S_PATH", "etcdPeer: 3380  # ETCD_PEER_PORT", "masters:  # MASTER_COUNT"):
        assert line in text
    assert "dnsAddress: 29.64.0.11  # SERVICE_DNS" in text
    assert "version: v3.5.5  # ETCD_TOOL_VERSION" in text


@pytest.mark.parametrize("name", ["y", "n", "08", "0"])
def test_names_that_yaml_takes_for_something_else(name):
    """A name that readers of YAML take for a boolean or a number stays a name."""
    assert loaded(from_env(f"CLUSTER_NAME={name}\nBASE_DOMAIN={name}")[0]).cluster_domain == f"{name}.{name}"


def test_missing_variables_are_the_articles():
    """What is not set has the article's value, and one note names each of them."""
    text, report = from_env("export CLUSTER_NAME=prod SERVICE_CIDR=10.0.0.0/16\n")
    assert plain(text) == ARTICLE_SPEC | {
        "clusterName": "prod",
        "networking": {"serviceSubnet": "10.0.0.0/16", "podSubnet": "10.244.0.0/16"},
        "vault": {"server": "http://master-0.prod.dobry-kot.ru:9200/"},
    }
    (note,) = infos(report)
    assert "KUBERNETES_VERSION=v1.23.12, MASTER_COUNT=1, ETCD_SERVER_PORT=2379" in note
    assert "VAULT_SERVER=http://master-0.prod.dobry-kot.ru:9200/" in note
    assert "CLUSTER_NAME=" not in note


def test_addresses():
    """With addresses the masters are listed, and pods get a range that no master lies in."""
    text, report = from_env("MASTER_COUNT=3", ("10.244.0.1", "10.244.0.2", "10.244.0.3"))
    assert not report.failed
    assert plain(text)["masters"] == [{"name": f"master-{n}", "address": f"10.244.0.{n + 1}"} for n in range(3)]
    assert plain(text)["networking"]["podSubnet"] == "10.128.0.0/16"


def test_addresses_count_the_masters():
    """Without MASTER_COUNT there are as many masters as addresses."""
    text, report = from_env("CLUSTER_NAME=a", ("10.0.0.1", "10.0.0.2", "10.0.0.3"))
    assert len(loaded(text).masters) == 3
    assert "MASTER_COUNT=3" in infos(report)[0]


@pytest.mark.parametrize(
    ("cidr", "pods"),
    [("10.240.0.0/12", "10.128.0.0/16"), ("10.96.0.0/16", "10.244.0.0/16"), ("fd00:1::/112", "fd00:10:244::/56")],
)
def test_pods_are_apart_from_services(cidr, pods):
    """The pods' range, which the article has none of, is one that services do not overlap, of their family."""
    text, _ = from_env(f"SERVICE_CIDR={cidr}")
    assert plain(text)["networking"]["podSubnet"] == pods
    loaded(text)


def test_vault_server_is_verbatim():
    """key-keeper gets the address as it was written, with its slash."""
    assert plain(from_env("VAULT_SERVER=https://vault.example.org:8200/")[0])["vault"] == {
        "server": "https://vault.example.org:8200/"
    }


def test_no_secret_is_written_or_told():
    """A token is in no text and no message, wherever it was copied to."""
    block = "VAULT_MASTER_TOKEN=hunter2\nexport VAULT_TOKEN=$(cat f) DB_PASSWORD=hunter2\nX=$VAULT_MASTER_TOKEN\n"
    text, report = from_env(f"{block}CLUSTER_NAME=a")
    assert text
    assert "hunter2" not in text + repr(report)
    assert "secrets stay out of the spec: VAULT_MASTER_TOKEN, VAULT_TOKEN, DB_PASSWORD" in infos(report)


FAULTS = {
    "cluster name": ("CLUSTER_NAME=Prod", "CLUSTER_NAME: 'Prod' is not a DNS label"),
    "long cluster name": (
        f"CLUSTER_NAME={'a' * 60}",
        f"CLUSTER_NAME: system:node:master-0-{'a' * 60} has 81 characters; a certificate's name holds 64",
    ),
    "domain": ("BASE_DOMAIN=a_b.org", "BASE_DOMAIN: 'a_b.org' is not a DNS name"),
    "other cluster domain": (
        "BASE_CLUSTER_DOMAIN=x.org",
        "BASE_CLUSTER_DOMAIN is not example.dobry-kot.ru, which CLUSTER_NAME and BASE_DOMAIN make",
    ),
    "version": ("KUBERNETES_VERSION=1.30", "KUBERNETES_VERSION: '1.30' is no Kubernetes release"),
    "old version": ("KUBERNETES_VERSION=v1.19.3", "KUBERNETES_VERSION: Kubernetes v1.19.3 is too old"),
    "even count": ("MASTER_COUNT=2", "MASTER_COUNT: '2' masters make no sound etcd cluster"),
    "no count": ("MASTER_COUNT=three", "MASTER_COUNT: 'three' masters make no sound etcd cluster"),
    "zero masters": ("MASTER_COUNT=0", "MASTER_COUNT: '0' masters make no sound etcd cluster"),
    "port text": ("ETCD_PEER_PORT=http", "ETCD_PEER_PORT: 'http' is no port"),
    "port range": ("ETCD_PEER_PORT=70000", "ETCD_PEER_PORT: 70000 is too large"),
    "port of kubelet": ("ETCD_PEER_PORT=10250", "ETCD_PEER_PORT: port 10250 is already that of kubelet"),
    "path": ("BASE_K8S_PATH=~/k8s", "BASE_K8S_PATH: '~/k8s' is not an absolute path"),
    "root": ("BASE_K8S_PATH=/", "BASE_K8S_PATH: '/' is not an absolute path"),
    "network": ("SERVICE_CIDR=10.96.0.5/16", "SERVICE_CIDR: '10.96.0.5/16' is not a network"),
    "dns outside": ("SERVICE_DNS=10.96.0.10", "SERVICE_DNS: 10.96.0.10 is not in the service range 29.64.0.0/16"),
    "dns of the api": ("SERVICE_DNS=29.64.0.1", "SERVICE_DNS: 29.64.0.1 is the API's own service address"),
    "dns text": ("SERVICE_DNS=dns", "SERVICE_DNS: 'dns' is not an IP address"),
    "etcd": ("ETCD_VERSION=latest", "ETCD_VERSION: 'latest' is no version"),
    "containerd": ("CONTAINERD_VERSION=v1.6.8", "CONTAINERD_VERSION: 'v1.6.8' is no version"),
    "runc": ("RUNC_VERSION=1.1.3", "RUNC_VERSION: '1.1.3' is no release of it"),
    "etcdctl": ("ETCD_TOOL_VERSION='v3 .5'", "ETCD_TOOL_VERSION: 'v3 .5' is no release of it"),
    "vault": ("VAULT_SERVER=vault:8200", "VAULT_SERVER: 'vault:8200' is not the address of a Vault server"),
    "login in vault": (
        "VAULT_SERVER=https://me:pw@vault",
        "VAULT_SERVER holds what looks like a credential, which must not stand in a spec",
    ),
    "token in a value": (
        "BASE_DOMAIN=hvs.CAESIAAAAAAAAAAAAAAAAAAA",
        "BASE_DOMAIN holds what looks like a credential, which must not stand in a spec",
    ),
    "empty": ("ETCD_VERSION=", "ETCD_VERSION is empty"),
    "two lines": ("BASE_DOMAIN='a\nb'", "BASE_DOMAIN holds a line break or a control character"),
    "computed": ("MASTER_COUNT=$(wc -l <f)", "MASTER_COUNT is computed by the shell, and nothing is executed here"),
    "computed range": ("SERVICE_CIDR=$(x)", "SERVICE_CIDR is computed by the shell, and nothing is executed here"),
    "unknown variable": ("BASE_DOMAIN=$NOPE", "NOPE is not set above this line"),
    "another one, computed": ("NOW=$(date)", "NOW is computed by the shell, and nothing is executed here"),
}


@pytest.mark.parametrize(("line", "message"), FAULTS.values(), ids=FAULTS)
def test_fault_is_told_at_its_line(line, message):
    """A value that no spec takes is the only error, at the line of its variable, with a remedy; nothing is written."""
    text, report = from_env(f"# the article's\nexport RUNC_VERSION=v1.1.3\n{line}\n")
    (problem,) = report.of_severity(Severity.ERROR)
    assert text == ""
    assert problem.message == message
    assert problem.remedy
    assert problem.place is not None
    assert (problem.place.file, problem.place.line) == ("environment", 3)


def test_secret_in_another_value():
    """A value that is made from a secret is refused without being shown."""
    text, report = from_env("VAULT_MASTER_TOKEN=hunter2\nCLUSTER_NAME=x-$VAULT_MASTER_TOKEN\n")
    assert told(report, "error") == [("error", "CLUSTER_NAME is made from a secret, which must not stand in a spec", 2)]
    assert "hunter2" not in text + repr(report)


def test_all_faults_at_once():
    """Faults of reading, of meaning and of the spec are told together, in no more than one line each."""
    _, report = from_env("MASTER_COUNT=4\nBASE_DOMAIN=$X\nCLUSTER_NAME=A\nETCD_PEER_PORT=x\nSERVICE_CIDR=y\n")
    assert sorted(line for _, _, line in told(report, "error") if line) == [1, 2, 3, 4, 5]


def test_count_and_addresses_must_match():
    """One address for three masters is told at the count."""
    _, report = from_env("MASTER_COUNT=3", ("10.0.0.1",))
    assert told(report, "error") == [("error", "MASTER_COUNT is 3; addresses given: 1", 1)]


@pytest.mark.parametrize("address", ["10.0.0.x", "29.64.0.5", "", "y", "\udc80", "fe80::1%\udc80", "1.2.3.4\n"])
def test_wrong_address_has_no_line(address):
    """An address does not come from the file: its fault is told without a place."""
    text, report = from_env("MASTER_COUNT=1", (address,))
    assert [line for _, _, line in told(report, "error")] == [None]
    assert text == ""


def test_last_assignment_wins():
    """A block that sets a variable twice means the last one, as the article's does."""
    text, _ = from_env("CLUSTER_NAME=a\nA=$CLUSTER_NAME\nexport CLUSTER_NAME=b\nBASE_DOMAIN=$A.org")
    spec = loaded(text)
    assert (spec.cluster_name, spec.domain) == ("b", "a.org")


def test_same_cluster_domain_is_fine():
    """The cluster's domain may be written out, where it says the same."""
    text, _ = from_env("CLUSTER_NAME=a\nBASE_DOMAIN=b.org\nBASE_CLUSTER_DOMAIN=a.b.org")
    assert text


def test_derived_address_is_left_out():
    """The tenth address of the range is what cloudgen takes itself, however it is spelled."""
    for block in ("SERVICE_CIDR=10.96.0.0/12 SERVICE_DNS=10.96.0.10", "SERVICE_CIDR=fd00::/112 SERVICE_DNS=fd00:0::a"):
        assert "dnsAddress" not in from_env(block)[0]


def test_unused_variables():
    """A variable that nothing is made of is warned about; the article's own for other tools are only noted."""
    _, report = from_env("export CLUSTER_NAME=a\nexport EDITOR=vi VAULT_VERSION=1.12.1\nTERRAFORM_VERSION=1.3.4\n")
    assert ("warning", "EDITOR is not used", 2) in told(report, "warning")
    assert "a spec has no place for these: VAULT_VERSION, TERRAFORM_VERSION" in infos(report)


def test_computed_variables_do_not_matter():
    """What cloudgen derives may stand there in any form."""
    block = "ETCD_SERVERS=`x` HOSTNAME=$(hostname -s) ADVERTISE_ADDRESS=$(curl $URL) VAULT_ADDR=$VAULT_SERVER"
    text, report = from_env(f"{block} MASTER_COUNT=1")
    assert text
    assert not report.failed


@pytest.mark.parametrize("text", ["", "# nothing\n", "ls -l\n", "EDITOR=vi\n"])
def test_other_files_are_refused(text):
    """A file without any of the variables is the wrong file."""
    spec, report = from_env(text, name="other.sh")
    assert spec == ""
    assert told(report, "error") == [("error", "other.sh sets none of the article's variables", None)]


LABELS = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,4})?", fullmatch=True)
PORTS = st.lists(st.integers(1024, 10000), min_size=6, max_size=6, unique=True)
PORT_NAMES = {
    "ETCD_SERVER_PORT": "etcd_client",
    "ETCD_PEER_PORT": "etcd_peer",
    "ETCD_METRICS_PORT": "etcd_metrics",
    "KUBE_APISERVER_PORT": "kube_apiserver",
    "KUBE_CONTROLLER_MANAGER_PORT": "kube_controller_manager",
    "KUBE_SCHEDULER_PORT": "kube_scheduler",
}


@st.composite
def ranges(draw):
    prefix = draw(st.integers(12, 28))
    address = draw(st.integers(0, (1 << 24) - 1))
    network = ipaddress.ip_network((int(ipaddress.ip_address("10.0.0.0")) + address, prefix), strict=False)
    return network, network[draw(st.integers(2, 14))]


@given(
    name=LABELS,
    domain=st.lists(LABELS, min_size=1, max_size=3).map(".".join),
    ports=PORTS,
    version=st.builds("v1.{}.{}".format, st.integers(22, 37), st.integers(0, 20)),
    root=st.lists(LABELS, min_size=1, max_size=3).map(lambda names: "/" + "/".join(names)),
    service=ranges(),
    count=st.sampled_from([1, 3, 5, 7]),
    etcd=st.builds("3.{}.{}-0".format, st.integers(4, 7), st.integers(0, 30)),
)
def test_whatever_is_sound_loads(name, domain, ports, version, root, service, count, etcd):  # noqa: PLR0913, PLR0917 - one each
    """Any sound values make a spec that loads, and says what they said."""
    network, dns = service
    values = {
        "CLUSTER_NAME": name,
        "BASE_DOMAIN": domain,
        **{variable: str(port) for variable, port in zip(PORT_NAMES, ports, strict=True)},
        "KUBERNETES_VERSION": version,
        "BASE_K8S_PATH": root,
        "SERVICE_CIDR": str(network),
        "SERVICE_DNS": str(dns),
        "MASTER_COUNT": str(count),
        "ETCD_VERSION": etcd,
    }
    text, report = from_env("".join(f"export {key}={shlex.quote(value)}\n" for key, value in values.items()))
    assert not report.failed, report
    spec = loaded(text)
    assert (spec.cluster_name, spec.domain, spec.kubernetes_version) == (name, domain, version)
    assert [getattr(spec.ports, key) for key in PORT_NAMES.values()] == ports
    assert (spec.paths.root, spec.etcd.version) == (root, etcd)
    assert (spec.networking.service_subnet, spec.networking.dns_service) == (str(network), str(dns))
    assert [master.name for master in spec.masters] == [f"master-{index}" for index in range(count)]


@given(st.dictionaries(st.sampled_from(["CLUSTER_NAME", "BASE_K8S_PATH", "VAULT_SERVER", "RUNC_VERSION"]), st.text()))
def test_whatever_is_written_gets_an_answer(values):
    """Any text in any variable gives a spec that loads, or errors: never a traceback, never both."""
    text, report = from_env("".join(f"{key}={shlex.quote(value)}\n" for key, value in values.items()))
    assert report.failed == (text == "")
    if text:
        loaded(text)
