"""The spec: one YAML file, typed. The fields that hold components are the table of components."""

import ipaddress
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr

from cloudgen.component import Component
from cloudgen.components.binaries import Binaries
from cloudgen.components.bootstrap import Bootstrap
from cloudgen.components.commands import Commands
from cloudgen.components.containerd import Containerd
from cloudgen.components.etcd import Etcd
from cloudgen.components.etcd_snapshots import EtcdSnapshots
from cloudgen.components.files import Files
from cloudgen.components.host import Host
from cloudgen.components.key_keeper import KeyKeeper
from cloudgen.components.kube_apiserver import KubeApiserver
from cloudgen.components.kube_controller_manager import KubeControllerManager
from cloudgen.components.kube_scheduler import KubeScheduler
from cloudgen.components.kubeconfigs import Kubeconfigs
from cloudgen.components.kubelet import Kubelet
from cloudgen.components.post_install import PostInstall
from cloudgen.components.units import Units
from cloudgen.components.vault_server import VaultServer
from cloudgen.encoder import Encoder
from cloudgen.encoders import ENCODERS
from cloudgen.family import FAMILIES
from cloudgen.model import Address, Domain, Label, Line, Settings, fault
from cloudgen.network_config import NetworkConfig
from cloudgen.packings import PACKINGS
from cloudgen.paths import PathSettings
from cloudgen.pki import PkiSettings
from cloudgen.providers import PROVIDERS
from cloudgen.release import Release
from cloudgen.sections import Api, Images, Networking, Ports, Proxy, Vault

API_VERSION: Final = "cloudgen/v1alpha1"
MOST_MASTERS: Final = 7
FORMAT_VERSIONS: Final = {version: encoder.name for encoder in ENCODERS.values() for version in encoder.versions}
"""Versions of specifications, with their formats."""


def _release(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        message = "a version without quotes is a number, and 1.30 becomes 1.3"
        raise fault(message, "write the whole release, like v1.30.4")
    try:
        return value if not isinstance(value, str) else str(Release.parse(value))
    except ValueError as error:
        what, _, remedy = str(error).partition(": ")
        raise fault(what, remedy) from None


def _one_of(what: str, names: Mapping[str, object]) -> AfterValidator:
    def check(value: str) -> str:
        if value not in names:
            close = get_close_matches(value, names, 1)
            remedy = f"did you mean {close[0]}?" if close else f"write {' or '.join(names)}"
            raise fault(f"'{value[:40]}' is no known {what}", remedy)
        return value

    return AfterValidator(check)


def _masters(value: Any) -> Any:
    """`{count: 3}` is the short form of three masters named master-0, master-1 and master-2."""
    if value is None or isinstance(value, list | tuple):
        return value
    count = value["count"] if isinstance(value, dict) and set(value) == {"count"} else None
    if not isinstance(count, int) or isinstance(count, bool):
        raise fault("masters is a list of machines, or count: and their number", "write masters: {count: 3}")
    if not 0 < count <= MOST_MASTERS:
        raise fault(f"{count} masters are no control plane", "write 1, 3, 5 or 7")
    return [{"name": f"master-{index}"} for index in range(count)]


class Master(Settings):
    """One master."""

    name: Label
    """Its name: part of its host name, its FQDN, its Vault identities. Never derived from its position."""
    address: Address | None = None
    """Its own address, when it is known: binds, probes and certificates then name it exactly."""
    zone: Line | None = None
    """Availability zone, for templates and for the hand-over to the cloud."""
    initial_cluster_state: Literal["new", "existing"] = "new"
    """existing lets a re-created member rejoin the etcd cluster that still runs."""
    network_config: NetworkConfig | None = None
    """Network configuration, version 2 (netplan's), for a NoCloud seed; without it the machine asks DHCP. No part of
    the fingerprint: the user-data does not hold it."""
    overrides: dict[str, Any] = Field(default_factory=dict)
    """What differs on this machine: sections of the spec such as kubelet or host, merged over the cluster's."""


class Spec(Settings):
    """A Kubernetes control plane: everything that cloudgen needs to know to make the user-data of its masters."""

    api_version: Literal["cloudgen/v1alpha1"]
    """Version of this format: cloudgen/v1alpha1."""
    cluster_name: Label
    """Name of the cluster; part of machine names and of Vault's paths."""
    domain: Domain
    """DNS domain that <clusterName>.<domain> lies in."""
    kubernetes_version: Annotated[str, BeforeValidator(_release)]
    """Kubernetes release, like v1.30.4, in full."""
    provider: Annotated[str, _one_of("provider", PROVIDERS)] = "generic"
    """Cloud that carries the user-data."""
    format: Annotated[str, _one_of("format", ENCODERS)] | None = None
    """Format of the user-data; by default the one that images of the host family read."""
    format_version: Annotated[str, _one_of("version of a format", FORMAT_VERSIONS)] | None = None
    """Version of the format's own specification, for Ignition; by default 3.4.0."""
    packing: Annotated[str, _one_of("packing", PACKINGS)] | None = None
    """How it travels; by default what the provider carries best."""
    masters: Annotated[
        tuple[Master, ...],
        BeforeValidator(_masters, json_schema_input_type=dict[Literal["count"], int] | list[Master]),
    ]
    """The masters: a list, or {count: N}; 1, 3, 5 or 7 of them."""
    names: Literal["dns", "hosts"] = "dns"
    """How machines find each other: by DNS, or by a managed block in /etc/hosts made of their addresses."""
    admin_certificate: Literal["all", "first", "none"] = "all"
    """Which masters hold the administrator's certificate and kubeconfig."""
    cloud_provider: Literal["none", "external"] = "none"
    """external leaves nodes to a cloud controller manager; they stay tainted until one runs."""
    api: Api = Api()
    """How the API is reached from outside."""
    networking: Networking = Networking()
    """Ranges and names inside the cluster."""
    ports: Ports = Ports()
    """Ports of the control plane."""
    paths: PathSettings = PathSettings()
    """Folders on the machine."""
    vault: Vault
    """The Vault server that signs the certificates."""
    pki: PkiSettings = PkiSettings()
    """Certificates."""
    proxy: Proxy = Proxy()
    """HTTP proxy."""
    images: Images = Images()
    """Where control-plane images come from."""

    host: Host = Host()
    """The machine's operating system."""
    binaries: Binaries = Binaries()
    """What is downloaded onto a machine."""
    bootstrap: Bootstrap = Bootstrap()
    """How a machine becomes a master."""
    containerd: Containerd = Containerd()
    """The container runtime."""
    key_keeper: KeyKeeper = KeyKeeper()
    """What orders and renews the certificates."""
    kubelet: Kubelet = Kubelet()
    """kubelet."""
    kubeconfigs: Kubeconfigs = Kubeconfigs()
    """Kubeconfigs."""
    etcd: Etcd = Etcd()
    """etcd."""
    etcd_snapshots: EtcdSnapshots = EtcdSnapshots()
    """Snapshots of etcd."""
    kube_apiserver: KubeApiserver = KubeApiserver()
    """kube-apiserver."""
    kube_controller_manager: KubeControllerManager = KubeControllerManager()
    """kube-controller-manager."""
    kube_scheduler: KubeScheduler = KubeScheduler()
    """kube-scheduler."""
    post_install: PostInstall = PostInstall()
    """Manifests for the running cluster."""
    vault_server: VaultServer = VaultServer()
    """A throw-away Vault on the first master, for a lab."""
    files: Files = Files()
    """Files of your own."""
    units: Units = Units()
    """systemd units of your own."""
    commands: Commands = Commands()
    """Commands of your own, run at the first boot once the bootstrap has succeeded; not at a later one."""

    _variants: dict[str, "Spec"] = PrivateAttr(default_factory=dict)

    def of_machine(self, name: str) -> "Spec":
        """The spec as it stands for one machine, its overrides merged in."""
        return self._variants.get(name, self)

    def of_provider(self, name: str) -> "Spec":
        """The same cluster with another provider, which must carry its format: to be compared, not judged."""
        other = self.model_copy(update={"provider": name})
        variants = {machine: own.of_provider(name) for machine, own in self._variants.items()}
        other._variants = variants  # noqa: SLF001 - filled here, before anyone sees the spec
        return other

    def components(self) -> Iterator[tuple[str, Component]]:
        """Every component by its key in the YAML, in the order of the table."""
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if isinstance(value, Component):
                yield field.alias or name, value

    @property
    def encoder(self) -> Encoder:
        """The format, in the version that is asked for."""
        encoder = ENCODERS[self.format or FAMILIES[self.host.family].formats[0]]
        return encoder.of_version(self.format_version) if self.format_version in encoder.versions else encoder

    @property
    def scripts_from(self) -> str | None:
        """URL of the folder that machines fetch their scripts from; None where these travel."""
        match self.bootstrap.scripts_from:
            case "none":
                return None
            case "auto":
                narrow = self.encoder.name in PROVIDERS[self.provider].narrow_for
                return self.binaries.own_folder if narrow else None
            case folder:
                return folder

    @property
    def cluster_domain(self) -> str:
        """`<clusterName>.<domain>`."""
        return f"{self.cluster_name}.{self.domain}"

    @property
    def release(self) -> Release:
        """The Kubernetes release."""
        return Release.parse(self.kubernetes_version)

    def node_name(self, master: Master) -> str:
        """Host name, node name and certificate name of a master: one literal."""
        return f"{master.name}-{self.cluster_name}"


OVERRIDABLE: Final = tuple(
    field.alias or name
    for name, field in Spec.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, Component)
)
"""Sections that a master may override: the components."""


def parsed_networks(spec: Spec) -> tuple[Any, Any]:
    """The service range and the pod range."""
    networking = spec.networking
    return ipaddress.ip_network(networking.service_subnet), ipaddress.ip_network(networking.pod_subnet)
