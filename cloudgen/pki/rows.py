"""The catalogue's rows: adding a certificate is one row here.

Issuer names, Vault paths and common names are those of the article "Kubernetes the hard way" (habr.com/ru/post/699074)
and of the Terraform modules behind it (github.com/fraima/kubernetes), where they are not mended.
"""

from typing import Final, NamedTuple

CLIENT: Final = "client auth"
SERVER: Final = "server auth"


class Row(NamedTuple):
    """A leaf certificate. Names and addresses are format strings over `Names`."""

    name: str
    authority: str
    common_name: str
    folder: str
    usages: tuple[str, ...]
    issuer: str = ""
    organization: tuple[str, ...] = ()
    hostnames: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    machine_role: bool = False
    """The names carry the machine: the Vault role is the machine's own, or any master could order any other's."""


_NODE: Final = ("localhost", "{node}", "{fqdn}")
_NIC: Final = ("127.0.0.1", "{address}")


def _in_cluster(service: str, *more: str) -> tuple[str, ...]:
    stem = f"{service}.default"
    return ("localhost", *more, stem, f"{stem}.svc", f"{stem}.svc.{{dns_label}}", f"{stem}.svc.{{dns_domain}}")


AUTHORITIES: Final = (("etcd-ca", "etcd"), ("front-proxy-ca", "front-proxy"), ("kubernetes-ca", "kubernetes"))
ROWS: Final = (
    Row(
        "kube-apiserver-etcd-client",
        "etcd-ca",
        "system:kube-apiserver-etcd-client",
        "kube-apiserver",
        (CLIENT,),
        issuer="etcd-client",
    ),
    Row(
        "etcd-peer",
        "etcd-ca",
        "system:etcd-peer",
        "etcd",
        (SERVER, CLIENT),
        hostnames=_NODE,
        addresses=_NIC,
        machine_role=True,
    ),
    Row(
        "etcd-server",
        "etcd-ca",
        "system:etcd-server",
        "etcd",
        (SERVER, CLIENT),
        hostnames=_NODE,
        addresses=("127.0.1.1", *_NIC),
        machine_role=True,
    ),
    Row(
        "front-proxy-client",
        "front-proxy-ca",
        "custom:kube-apiserver-front-proxy-client",
        "kube-apiserver",
        (CLIENT,),
    ),
    Row(
        "kube-apiserver",
        "kubernetes-ca",
        "custom:kube-apiserver",
        "kube-apiserver",
        (SERVER,),
        hostnames=(*_in_cluster("kubernetes", "kubernetes"), "{node}", "{fqdn}", "{api}"),
        addresses=("{service}", *_NIC, "{api_addresses}"),
        machine_role=True,
    ),
    Row(
        "kube-apiserver-kubelet-client",
        "kubernetes-ca",
        "custom:kube-apiserver-kubelet-client",
        "kube-apiserver",
        (CLIENT,),
    ),
    Row(
        "kube-controller-manager-client",
        "kubernetes-ca",
        "system:kube-controller-manager",
        "kube-controller-manager",
        (CLIENT,),
    ),
    Row(
        "kube-controller-manager-server",
        "kubernetes-ca",
        "custom:kube-controller-manager",
        "kube-controller-manager",
        (SERVER,),
        hostnames=_in_cluster("kube-controller-manager"),
        addresses=_NIC,
        machine_role=True,
    ),
    Row("kube-scheduler-client", "kubernetes-ca", "system:kube-scheduler", "kube-scheduler", (CLIENT,)),
    Row(
        "kube-scheduler-server",
        "kubernetes-ca",
        "custom:kube-scheduler",
        "kube-scheduler",
        (SERVER,),
        hostnames=_in_cluster("kube-scheduler"),
        addresses=_NIC,
        machine_role=True,
    ),
    Row(
        "kubeadm-client",
        "kubernetes-ca",
        "custom:kubeadm-client",
        "kube-apiserver",
        (CLIENT,),
        organization=("system:masters",),
    ),
    Row(
        "kubelet-client",
        "kubernetes-ca",
        "system:node:{node}",
        "kubelet",
        (CLIENT,),
        organization=("system:nodes",),
        machine_role=True,
    ),
    Row(
        "kubelet-server",
        "kubernetes-ca",
        "system:node:{node}",
        "kubelet",
        (SERVER,),
        hostnames=_NODE,
        addresses=_NIC,
        machine_role=True,
    ),
)
SERVICE_ACCOUNT: Final = "kube-apiserver-sa"
ADMIN_CERTIFICATE: Final = "kubeadm-client"
CERTIFICATE_NAMES: Final = tuple(row.name for row in ROWS)
CLIENTS_DIAL: Final = (
    ("kube-apiserver", ("localhost", "kubernetes.default.svc", "{node}", "{fqdn}", "{api}", "127.0.0.1", "{service}")),
    ("etcd-server", ("localhost", "{fqdn}", "127.0.0.1")),
    ("etcd-peer", ("{fqdn}",)),
    ("kubelet-server", ("{node}",)),
    ("kube-controller-manager-server", ("localhost", "127.0.0.1")),
    ("kube-scheduler-server", ("localhost", "127.0.0.1")),
)
"""Which certificate serves the names and addresses that clients of this control plane dial."""
