"""Sections of the spec that more than one component reads; facts repeat them as they are."""

import ipaddress
import re
from functools import cached_property
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from cloudgen.model import (
    AbsolutePath,
    Address,
    Attachment,
    AttachmentName,
    Domain,
    Duration,
    Label,
    Line,
    Port,
    Repository,
    Settings,
    Subnet,
    fault,
    matching,
)


def _authority(value: Attachment) -> Attachment:
    if "PRIVATE KEY-----" in value.text:
        raise fault(f"{value.name} holds a private key", "name a file of certificates only")
    if "-----BEGIN CERTIFICATE-----" not in value.text:
        remedy = "name a PEM file, of BEGIN CERTIFICATE blocks; openssl x509 -inform der makes one of a DER file"
        raise fault(f"{value.name} holds no certificate", remedy)
    return value


AuthorityFile = Annotated[AttachmentName, AfterValidator(_authority)]
"""A file of certificates that somebody shall trust."""


class Networking(Settings):
    """Ranges and names inside the cluster. The API's and the DNS service's addresses are derived from them."""

    service_subnet: Subnet = "10.96.0.0/16"
    """Range of service addresses; its first one is the API's, its tenth the DNS service's."""
    pod_subnet: Subnet = "10.244.0.0/16"
    """Range of pod addresses."""
    dns_domain: Domain = "cluster.local"
    """The cluster's own DNS domain."""
    dns_address: Address | None = None
    """Address of the DNS service; by default the tenth of the service range."""

    @cached_property
    def api_service(self) -> str:
        """The address under which pods reach the API: the first of the service range."""
        return str(ipaddress.ip_network(self.service_subnet)[1])

    @cached_property
    def dns_service(self) -> str:
        """The address of the DNS service: the tenth of the service range, unless it is set."""
        return self.dns_address or str(ipaddress.ip_network(self.service_subnet)[10])


class Api(Settings):
    """How the API is reached from outside."""

    endpoint: Domain | None = None
    """Its DNS name; by default api.<clusterName>.<domain>."""
    addresses: tuple[Address, ...] = ()
    """Addresses of the load balancer in front of it; they become SANs."""


class Ports(Settings):
    """Ports that the control plane listens on."""

    etcd_client: Port = 2379
    """etcd, for clients (TLS)."""
    etcd_peer: Port = 2380
    """etcd, among its members (TLS)."""
    etcd_metrics: Port = 2381
    """etcd's metrics and health, plain HTTP on 127.0.0.1."""
    kube_apiserver: Port = 6443
    """kube-apiserver."""
    kube_controller_manager: Port = 10257
    """kube-controller-manager, on 127.0.0.1."""
    kube_scheduler: Port = 10259
    """kube-scheduler, on 127.0.0.1."""


class VaultBootstrap(Settings):
    """How a machine gets its first Vault credentials."""

    mode: Literal["wrapped-token", "wrapped-secret-id", "token", "shared"] = "wrapped-token"
    """One response-wrapped token per issuer (the default); the other modes give up some of its protection."""
    wrap_ttl: Duration = "15m"
    """How long a wrapping token may wait for its machine."""
    boot_margin: Duration = "15m"
    """How long the token inside outlives the wrapping: the time a machine takes to boot."""


_SERVER: Final = r"^https?://[A-Za-z0-9.\[\]:-]+(/[A-Za-z0-9._~/-]*)?$"
_PREFIX: Final = r"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$"
_URL: Final = "write it like https://vault.example.org:8200"
_prefix = matching(
    re.compile(_PREFIX),
    "a path in Vault",
    "write it like clusters/example: no slash at its ends, no part that begins with a dot",
)


def _server(value: str) -> str:
    check = matching(re.compile(_SERVER), "the address of a Vault server", _URL)
    try:
        # Not every text of that form has a host and a port.
        parts = urlsplit(check(value))
        return value if parts.hostname and parts.port != 0 else check("")
    except ValueError:
        raise fault(f"'{value[:80]}' is not the address of a Vault server", _URL) from None


_namespace = matching(re.compile(_PREFIX), "a namespace", "write it like team-a or team-a/clusters")


def _one_or_list(value: Any) -> Any:
    if value == "none":
        return ()
    return (value,) if isinstance(value, str) else value


def _bound(value: tuple[str, ...]) -> tuple[str, ...]:
    for network in value if value != ("address",) else ():
        try:
            ipaddress.ip_network(network)
        except ValueError:
            raise fault(
                f"'{network[:80]}' is not a network", "write none, address, or a list of networks like 10.0.0.0/24"
            ) from None
    return value


def _title(value: str) -> str:
    if "{authority}" not in value or re.search(r"[{}]", re.sub(r"\{(cluster|authority)\}", "", value)):
        raise fault(f"'{value[:80]}' names every authority alike", "write it like '{cluster} {authority}'")
    return value


class VaultAuthorities(Settings):
    """The cluster's certificate authorities, made by `cloudgen vault apply`."""

    mode: Literal["self-signed", "root", "external"] = "self-signed"
    """self-signed: each is a root; root: signed by a root of the cluster's own in Vault; external: signed by somebody
    outside, by CSR."""
    ttl: Duration = "87600h"
    """Their lifetime; they are never replaced by cloudgen."""
    common_name: Annotated[Line, AfterValidator(_title)] = "{cluster} {authority}"
    """Pattern of their common names; {cluster} and {authority} are filled in."""

    def title(self, cluster: str, authority: str) -> str:
        """The common name of an authority."""
        return self.common_name.replace("{cluster}", cluster).replace("{authority}", authority)


class Vault(Settings):
    """The Vault server that signs the certificates."""

    server: Annotated[Line, AfterValidator(_server), Field(json_schema_extra={"pattern": _SERVER})]
    """Its address as the machines see it, such as https://vault.example.org:8200."""
    ca_cert: AuthorityFile | None = None
    """PEM file of the authority that signed Vault's own certificate, where the system does not trust it."""
    namespace: Annotated[Line, AfterValidator(_namespace), Field(json_schema_extra={"pattern": _PREFIX})] | None = None
    """Vault Enterprise or OpenBao namespace."""
    path_prefix: Annotated[Line, AfterValidator(_prefix), Field(json_schema_extra={"pattern": _PREFIX})] | None = None
    """Path that every mount of this cluster lies below; by default clusters/<clusterName>. No two clusters share one:
    they would share their authorities."""
    bootstrap: VaultBootstrap = VaultBootstrap()
    """How a machine gets its first credentials."""
    authorities: VaultAuthorities = VaultAuthorities()
    """The cluster's certificate authorities."""
    bound_cidrs: Annotated[
        tuple[Line, ...],
        BeforeValidator(_one_or_list, json_schema_input_type=str | list[str]),
        AfterValidator(_bound),
    ] = ()
    """Where bootstrap tokens may be used from: none (anywhere), address (the machine's own), or a list of networks."""


ProxyUrl = Annotated[
    Line,
    AfterValidator(matching(re.compile(r"https?://[^\s/]+/?"), "a proxy's URL", "write it like http://proxy:3128")),
]


class Proxy(Settings):
    """HTTP proxy for downloads, containerd and the control plane."""

    http: ProxyUrl | None = None
    """HTTP_PROXY."""
    https: ProxyUrl | None = None
    """HTTPS_PROXY."""
    no_proxy: tuple[Line, ...] = ()
    """Hosts beside the derived ones: loopback, the cluster's ranges and domains, the machines, Vault."""


class Images(Settings):
    """Where control-plane images come from."""

    repository: Repository = "registry.k8s.io"
    """Registry (and path) of kube-apiserver, kube-controller-manager, kube-scheduler, etcd and pause."""


class EtcdDisk(Settings):
    """A disk of etcd's own. It is formatted only while it is blank, and never again."""

    device: AbsolutePath
    """Where the disk appears, such as /dev/disk/by-id/virtio-etcd."""
    filesystem: Line = "ext4"
    """Filesystem of a blank disk: ext4 or xfs."""
    label: Label = "etcd"
    """Label that the disk is mounted by; at most 12 characters."""
