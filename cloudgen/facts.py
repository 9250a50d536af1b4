"""Facts: what every component may know about the cluster and the machine. No secret is among them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal
from urllib.parse import urlsplit

from cloudgen.family import Family
from cloudgen.kubernetes import Companions
from cloudgen.paths import Paths
from cloudgen.pki import Catalogue, PkiSettings
from cloudgen.provider import Provider
from cloudgen.release import Release, Version
from cloudgen.sections import EtcdDisk, Images, Networking, Ports, Proxy, Vault

LOOPBACK: Final = "127.0.0.1"
_MOUNT_NAMES: Final = {"/etc/ssl/certs": "ca-certs"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFacts:
    """Choices about the operating system that more than one component acts upon."""

    swap: str
    auto_updates: str
    trusts_more: bool
    """Whether the system is given further authorities to trust."""
    time_servers: bool
    """Whether the system is told of time servers."""
    synchronises: bool
    """Whether the machine sets its clock itself."""
    resolv_conf: str
    """A path, or `auto`: chosen on the machine."""


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
    host: HostFacts
    etcd_disk: EtcdDisk | None
    scripts_from: str | None
    """URL of the folder that the machine fetches its scripts from; None where they travel."""

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
