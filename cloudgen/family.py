"""Host families: what differs between distributions, decided in one place."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One row: folders, trust store, packages and services of a distribution and its relatives."""

    name: str
    formats: tuple[str, ...]
    """Formats of user-data that its images read, the default first."""
    binaries: str
    """Where downloaded binaries go."""
    library: str
    """Where cloudgen's scripts go."""
    trust_folder: str
    trust_update: str
    """Argument vector, space-separated, that makes the system trust what lies in `trust_folder`."""
    pod_trust_mounts: tuple[str, ...]
    """Trust-store folders that a control-plane pod mounts; none of them below /usr, where nothing may be created."""
    volume_plugins: str
    """kubelet's plugin folder; its own default lies below /usr and would be created there."""
    packages: tuple[str, ...]
    """What the scripts and kubelet need that a minimal image may lack."""
    apt_configuration: str | None
    """Folder of apt's configuration; None where packages come another way, or not at all."""
    filesystem_packages: Mapping[str, str]
    """What formats and checks a filesystem, where a minimal image may lack it."""
    time_package: str
    auto_update_units: tuple[str, ...]
    """Units that upgrade packages or reboot by themselves."""


_DEBIAN_PACKAGES: Final = (
    "ca-certificates",
    "conntrack",
    "curl",
    "ethtool",
    "iproute2",
    "iptables",
    "openssl",
    "socat",
    "tar",
)

_DEBIAN: Final = Family(
    name="debian",
    formats=("cloud-config", "ignition"),
    binaries="/usr/bin",
    library="/usr/local/lib/cloudgen",
    trust_folder="/usr/local/share/ca-certificates",
    trust_update="update-ca-certificates",
    pod_trust_mounts=("/etc/ssl/certs", "/etc/ca-certificates"),
    volume_plugins="/var/lib/kubelet/volumeplugins",
    packages=_DEBIAN_PACKAGES,
    apt_configuration="/etc/apt/apt.conf.d",
    filesystem_packages={"xfs": "xfsprogs"},
    time_package="chrony",
    auto_update_units=("apt-daily.timer", "apt-daily-upgrade.timer", "unattended-upgrades.service"),
)

_UBUNTU: Final = replace(_DEBIAN, name="ubuntu", auto_update_units=(*_DEBIAN.auto_update_units, "snapd.refresh.timer"))

FAMILIES: Final = {family.name: family for family in (_DEBIAN, _UBUNTU)}
