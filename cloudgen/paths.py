"""Where things lie on a machine: one root, honoured everywhere."""

from dataclasses import dataclass
from typing import Final

from cloudgen.family import Family
from cloudgen.model import AbsolutePath, Settings

CONFIG: Final = "/etc/cloudgen"
"""Settings and tables of the bootstrap. Fixed: by it a machine is known as one of cloudgen's."""
UNITS: Final = "/etc/systemd/system"
"""The administrator's units (systemd.unit(5))."""
MODULES: Final = "/etc/modules-load.d/k8s.conf"
SYSCTL: Final = "/etc/sysctl.d/99-network.conf"


class PathSettings(Settings):
    """Folders on the machine."""

    root: AbsolutePath = "/etc/kubernetes"
    """Everything of Kubernetes lies below: manifests, kubeconfigs, certificates, component configuration."""
    binaries: AbsolutePath | None = None
    """Where binaries are installed; by default the host family's folder: /usr/bin on Debian, /opt/bin on Flatcar."""
    etcd_data: AbsolutePath = "/var/lib/etcd"
    """etcd's data folder, and where its disk is mounted."""
    kubelet: AbsolutePath = "/var/lib/kubelet"
    """kubelet's root folder."""
    key_keeper: AbsolutePath = "/var/lib/key-keeper"
    """key-keeper's state: role ids, secret ids, staged secrets."""
    audit_logs: AbsolutePath = "/var/log/kubernetes/audit"
    """Where kube-apiserver writes its audit log."""
    cni_binaries: AbsolutePath = "/opt/cni/bin"
    """CNI plugins."""
    cni_config: AbsolutePath = "/etc/cni/net.d"
    """CNI configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Every folder of a machine, derived once from the settings and the host family."""

    root: str
    binaries: str
    library: str
    etcd_data: str
    kubelet_root: str
    key_keeper: str
    audit_logs: str
    cni_binaries: str
    cni_config: str
    config: str = CONFIG
    state: str = "/var/lib/cloudgen"
    units: str = UNITS
    modules: str = MODULES
    sysctl: str = SYSCTL
    containerd_socket: str = "/run/containerd/containerd.sock"

    @classmethod
    def of(cls, settings: PathSettings, family: Family) -> "Paths":
        """The folders of a machine of a family."""
        return cls(
            root=settings.root,
            binaries=settings.binaries or family.binaries,
            library=family.library,
            etcd_data=settings.etcd_data,
            kubelet_root=settings.kubelet,
            key_keeper=settings.key_keeper,
            audit_logs=settings.audit_logs,
            cni_binaries=settings.cni_binaries,
            cni_config=settings.cni_config,
        )

    @property
    def pki(self) -> str:
        """The folder that key-keeper reads its configuration from and writes below."""
        return f"{self.root}/pki"

    @property
    def ca(self) -> str:
        """Certificates of the authorities."""
        return f"{self.pki}/ca"

    @property
    def certs(self) -> str:
        """Leaf certificates, a folder for each component."""
        return f"{self.pki}/certs"

    @property
    def manifests(self) -> str:
        """kubelet's staticPodPath."""
        return f"{self.root}/manifests"

    @property
    def bootstrap_token(self) -> str:
        """The file that key-keeper opens at every start; empty here, the wrapped tokens travel elsewhere."""
        return f"{self.key_keeper}/bootstrap.token"

    @property
    def staged(self) -> str:
        """Where key-keeper drops the secrets that are validated before they are used."""
        return f"{self.key_keeper}/staged"

    @property
    def wrapped_tokens(self) -> str:
        """One file for each issuer with its response-wrapped token."""
        return f"{self.state}/tokens"

    @property
    def volume_plugins(self) -> str:
        """kubelet's plugin folder; its own default lies below /usr and would be created there."""
        return f"{self.kubelet_root}/volumeplugins"

    @property
    def resolv_conf(self) -> str:
        """The link that kubelet's configuration names when the file is chosen on the machine."""
        return f"{self.root}/kubelet/resolv.conf"

    @property
    def vault_ca(self) -> str:
        """The authority that signed Vault's own certificate."""
        return f"{self.config}/vault-ca.pem"

    def of_component(self, name: str) -> str:
        """A component's own folder below the root."""
        return f"{self.root}/{name}"

    def kubeconfig(self, component: str) -> str:
        """A component's kubeconfig."""
        return f"{self.of_component(component)}/kubeconfig"

    @property
    def admin_kubeconfig(self) -> str:
        """The administrator's kubeconfig."""
        return f"{self.root}/admin.conf"

    @property
    def remote_admin_kubeconfig(self) -> str:
        """The same for the API's public name; `kubectl config view --raw --flatten` makes it portable."""
        return f"{self.root}/admin-remote.conf"
