"""The article's variables: what each becomes in a spec, and the value that the article gives it.

Source: habr.com/ru/post/699074, step 1, environment variables.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from cloudgen.report import Path

_SECRET = re.compile(r"TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|PRIVATE_?KEY|API_?KEY|ACCESS_?KEY", re.IGNORECASE)


class Used(NamedTuple):
    """A variable that becomes a value of the spec."""

    path: Path
    default: str
    """The article's value; empty where it is derived from others."""


CLUSTER_NAME: Final = "CLUSTER_NAME"
BASE_DOMAIN: Final = "BASE_DOMAIN"
BASE_CLUSTER_DOMAIN: Final = "BASE_CLUSTER_DOMAIN"
MASTER_COUNT: Final = "MASTER_COUNT"
SERVICE_CIDR: Final = "SERVICE_CIDR"
SERVICE_DNS: Final = "SERVICE_DNS"
VAULT_SERVER: Final = "VAULT_SERVER"

PORTS: Final[Mapping[str, Used]] = MappingProxyType(
    {
        "ETCD_SERVER_PORT": Used(("ports", "etcdClient"), "2379"),
        "ETCD_PEER_PORT": Used(("ports", "etcdPeer"), "2380"),
        "ETCD_METRICS_PORT": Used(("ports", "etcdMetrics"), "2381"),
        "KUBE_APISERVER_PORT": Used(("ports", "kubeApiserver"), "6443"),
        "KUBE_CONTROLLER_MANAGER_PORT": Used(("ports", "kubeControllerManager"), "10257"),
        "KUBE_SCHEDULER_PORT": Used(("ports", "kubeScheduler"), "10259"),
    }
)
USED: Final[Mapping[str, Used]] = MappingProxyType(
    {
        CLUSTER_NAME: Used(("clusterName",), "example"),
        BASE_DOMAIN: Used(("domain",), "dobry-kot.ru"),
        "KUBERNETES_VERSION": Used(("kubernetesVersion",), "v1.23.12"),
        MASTER_COUNT: Used(("masters",), "1"),
        **PORTS,
        "BASE_K8S_PATH": Used(("paths", "root"), "/etc/kubernetes"),
        SERVICE_CIDR: Used(("networking", "serviceSubnet"), "29.64.0.0/16"),
        SERVICE_DNS: Used(("networking", "dnsAddress"), ""),
        "ETCD_VERSION": Used(("etcd", "version"), "3.5.3-0"),
        "CONTAINERD_VERSION": Used(("containerd", "version"), "1.6.8"),
        "RUNC_VERSION": Used(("binaries", "runc", "version"), "v1.1.3"),
        "ETCD_TOOL_VERSION": Used(("binaries", "etcdctl", "version"), "v3.5.5"),
        VAULT_SERVER: Used(("vault", "server"), ""),
    }
)
TAGS: Final = frozenset({"RUNC_VERSION", "ETCD_TOOL_VERSION"})
"""Names of releases, which stand in a download's address as they are."""
COMPUTED: Final = frozenset(
    {BASE_CLUSTER_DOMAIN, "ETCD_SERVERS", "ETCD_INITIAL_CLUSTER", "CRICTL_VERSION", "VAULT_ADDR"}
)
"""Derived by cloudgen from other variables, whatever stands behind them."""
PER_NODE: Final = frozenset({"MASTER_NAME", "ADVERTISE_ADDRESS", "HOSTNAME", "INDEX"})
"""They differ between the masters: cloudgen knows them from the list of masters."""
WITHOUT_PLACE: Final = frozenset(
    {
        "VAULT_VERSION",
        "TERRAFORM_VERSION",
        "WORKDIR",
        "CONTAINER_ID",
        "ENDPOINTS",
        "ETCDCTL_CERT",
        "ETCDCTL_KEY",
        "ETCDCTL_CACERT",
    }
)
"""The article's own, for tools that a spec says nothing about."""


def is_secret(name: str) -> bool:
    """Whether a variable of this name is taken for a secret."""
    return _SECRET.search(name) is not None


def variable_at(path: Path) -> str | None:
    """The variable that a value of the spec came from."""
    if path[:1] == ("masters",):
        # The masters' own names are given: what makes one too long is the cluster's. Addresses come from elsewhere.
        return CLUSTER_NAME if path[-1] == "name" else None
    return next((name for name, used in USED.items() if path[: len(used.path)] == used.path), None)


def default_of(name: str, values: Mapping[str, str]) -> str:
    """The article's value of a variable, where others are already known."""
    if name == VAULT_SERVER:
        return f"http://master-0.{values[CLUSTER_NAME]}.{values[BASE_DOMAIN]}:9200/"
    return USED[name].default
