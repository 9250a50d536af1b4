"""Facts: what every component may know about the cluster and the machine. No secret is among them."""

import ipaddress
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field

from cloudgen.family import Family
from cloudgen.kubernetes import Companions
from cloudgen.model import (
    Address,
    AttachmentName,
    Domain,
    Duration,
    Line,
    Port,
    Settings,
    Subnet,
)
from cloudgen.paths import Paths
from cloudgen.pki import Catalogue, PkiSettings
from cloudgen.provider import Provider
from cloudgen.release import Release, Version

LOOPBACK: Final = "127.0.0.1"
_MOUNT_NAMES: Final = {"/etc/ssl/certs": "ca-certs"}


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


def _one_or_list(value: Any) -> Any:
    if value == "none":
        return ()
    return (value,) if isinstance(value, str) else value


class Vault(Settings):
    """The Vault server that signs the certificates."""

    server: Line = Field(pattern=r"^https?://[A-Za-z0-9.\[\]:-]+(/[A-Za-z0-9._~/-]*)?$")
    """Its address as the machines see it, such as https://vault.example.org:8200."""
    ca_cert: AttachmentName | None = None
    """PEM file of the authority that signed Vault's own certificate, where the system does not trust it."""
    namespace: Line | None = None
    """Vault Enterprise or OpenBao namespace."""
    path_prefix: Line | None = Field(default=None, pattern=r"^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$")
    """Path that every mount of this cluster lies below; by default clusters/<clusterName>."""
    bootstrap: VaultBootstrap = VaultBootstrap()
    """How a machine gets its first credentials."""
    bound_cidrs: Annotated[tuple[Line, ...], BeforeValidator(_one_or_list, json_schema_input_type=str | list[str])] = ()
    """Where bootstrap tokens may be used from: none (anywhere), address (the machine's own), or a list of networks."""


class Proxy(Settings):
    """HTTP proxy for downloads, containerd and the control plane."""

    http: Line | None = None
    """HTTP_PROXY."""
    https: Line | None = None
    """HTTPS_PROXY."""
    no_proxy: tuple[Line, ...] = ()
    """Hosts beside the derived ones: loopback, the cluster's ranges and domains, the machines, Vault."""


class Images(Settings):
    """Where control-plane images come from."""

    repository: Line = "registry.k8s.io"
    """Registry (and path) of kube-apiserver, kube-controller-manager, kube-scheduler, etcd and pause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One master."""

    name: str
    index: int
    node: str
    """Host name, node name in Kubernetes and part of `system:node:<node>`: one literal."""
    fqdn: str
    address: str | None
    zone: str | None
    initial_cluster_state: str
    admin: bool
    """Whether this machine holds the administrator's certificate and kubeconfig."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that is true of one machine of one cluster."""

    cluster: str
    domain: str
    """`<clusterName>.<domain>`: machines are names below it."""
    api: str
    api_addresses: tuple[str, ...]
    machine: Machine
    machines: tuple[Machine, ...]
    names: Literal["dns", "hosts"]
    release: Release
    companions: Companions
    etcd_version: Version
    """etcd's image tag, such as 3.5.6-0."""
    containerd_version: Version
    paths: Paths
    family: Family
    provider: Provider
    ports: Ports
    networking: Networking
    vault: Vault
    pki: Catalogue
    pki_settings: PkiSettings
    proxy: Proxy
    images: Images
    external_cloud: bool
    resolv_conf: str
    """A path, or `auto`: chosen on the machine."""
    etcd_disk: bool

    @cached_property
    def api_url(self) -> str:
        """The machine's own API server, as its clients on the same machine reach it."""
        return f"https://127.0.0.1:{self.ports.kube_apiserver}"

    @cached_property
    def public_api_url(self) -> str:
        """The API as clients elsewhere reach it."""
        return f"https://{self.api}:{self.ports.kube_apiserver}"

    @cached_property
    def any_address(self) -> str:
        """What a server binds to be reached on every address of the machine, as it stands in a URL."""
        return "[::]" if ":" in (self.machine.address or "") else "0.0.0.0"  # noqa: S104 - TLS with client certificates

    @staticmethod
    def bracketed(address: str) -> str:
        """An address as it stands before a port: IPv6 in brackets."""
        return f"[{address}]" if ":" in address else address

    @cached_property
    def trust_mounts(self) -> tuple[tuple[str, str], ...]:
        """Name and path of the trust-store folders that control-plane pods mount."""
        return tuple(
            (_MOUNT_NAMES.get(path, path.strip("/").replace("/", "-")), path) for path in self.family.pod_trust_mounts
        )

    @cached_property
    def etcd_servers(self) -> tuple[str, ...]:
        """Client URLs of every etcd member, in the order of the masters."""
        return tuple(f"https://{m.fqdn}:{self.ports.etcd_client}" for m in self.machines)

    @cached_property
    def no_proxy(self) -> tuple[str, ...]:
        """What is never reached through the proxy: loopback, the cluster itself, its machines and Vault."""
        own = ("localhost", LOOPBACK, self.networking.service_subnet, self.networking.pod_subnet, ".svc")
        domains = (f".{self.networking.dns_domain}", f".{self.domain}", self.api)
        addresses = tuple(m.address for m in self.machines if m.address) + self.api_addresses
        vault = urlsplit(self.vault.server).hostname or ""
        return tuple(dict.fromkeys((*own, *domains, *addresses, vault, *self.proxy.no_proxy)))

    @cached_property
    def proxy_environment(self) -> dict[str, str]:
        """Variables of a process that may have to go through the proxy; empty without one."""
        proxies = {"HTTP_PROXY": self.proxy.http, "HTTPS_PROXY": self.proxy.https}
        chosen = {name: value for name, value in proxies.items() if value}
        return {**chosen, "NO_PROXY": ",".join(self.no_proxy)} if chosen else {}

    @cached_property
    def vault_url(self) -> str:
        """Vault's address without the trailing slash."""
        return self.vault.server.rstrip("/")
