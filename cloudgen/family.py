"""Host families: what differs between distributions, decided in one place."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

NEVER_BELOW: Final = "/usr"
"""Where no pod and no daemon may have a folder made: read-only here, the packages' own there."""
_TOOLS: Final = ("blkid", "curl", "findmnt", "flock", "openssl", "tar")


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One row: folders, trust store, packages and services of a distribution and its relatives."""

    name: str
    title: str
    formats: tuple[str, ...]
    """Formats of user-data that its images read, the default first."""
    systemd: int
    """The oldest systemd of the releases that it stands for."""
    binaries: str
    """Where downloaded binaries go."""
    library: str
    """Where cloudgen's scripts go."""
    read_only: tuple[str, ...] = ()
    """Folders that nothing can be written below, but for `writable`."""
    writable: tuple[str, ...] = ()
    trust_file: str
    """Where an authority's certificate lies, `{name}` standing for its name."""
    trust_update: str
    """Argument vector, space-separated, that makes the system trust what lies there."""
    pod_trust_mounts: tuple[str, ...]
    """Trust-store folders that a control-plane pod mounts; none of them below /usr, where nothing may be created."""
    no_groups: tuple[str, ...] = ()
    """Groups that other families' images bring, and its own do not."""
    tools: tuple[str, ...] = _TOOLS
    """Programs that the bootstrap looks for before it begins, besides coreutils, bash, sed, awk and systemd's own."""
    packages: tuple[str, ...] = ()
    """What the scripts and kubelet need that a minimal image may lack; none where packages cannot be installed."""
    apt_configuration: str | None = None
    """Folder of apt's configuration; None where packages come another way, or not at all."""
    filesystem_packages: Mapping[str, str]
    """What formats and checks a filesystem, where a minimal image may lack it."""
    time_package: str | None = None
    """What keeps the time, where an image may lack it."""
    time_unit: str
    time_servers: tuple[str, str, str]
    """Where servers are named: the file, how it begins, and a line for each `{server}`."""
    auto_update_units: tuple[str, ...]
    """Units that upgrade packages or reboot by themselves."""
    auto_update_stops: tuple[str, ...]
    """Those of them that are stopped at once; a package manager at work is left to end."""

    def refuses(self, path: str) -> bool:
        """Whether nothing can be written at a path."""
        return any(lies_below(path, folder) for folder in self.read_only) and not any(
            lies_below(path, folder) for folder in self.writable
        )


def lies_below(path: str, folder: str) -> bool:
    """Whether a path is a folder, or lies in it."""
    return f"{path.rstrip('/')}/".startswith(f"{folder}/")


_DEBIAN: Final = Family(
    name="debian",
    title="Debian 12 and newer",
    formats=("cloud-config", "ignition"),
    systemd=252,
    binaries="/usr/bin",
    library="/usr/local/lib/cloudgen",
    trust_file="/usr/local/share/ca-certificates/{name}.crt",
    trust_update="update-ca-certificates",
    pod_trust_mounts=("/etc/ssl/certs", "/etc/ca-certificates"),
    # Debian's base-passwd, group.master.
    no_groups=("core", "docker", "wheel"),
    packages=(
        "ca-certificates",
        "conntrack",
        "curl",
        "ethtool",
        "iproute2",
        "iptables",
        "openssl",
        "socat",
        "tar",
    ),
    apt_configuration="/etc/apt/apt.conf.d",
    filesystem_packages={"xfs": "xfsprogs"},
    time_package="chrony",
    time_unit="chrony.service",
    time_servers=("/etc/chrony/sources.d/cloudgen.sources", "", "server {server} iburst\n"),
    auto_update_units=("apt-daily.timer", "apt-daily-upgrade.timer", "unattended-upgrades.service"),
    auto_update_stops=("apt-daily.timer", "apt-daily-upgrade.timer"),
)

_UBUNTU: Final = replace(
    _DEBIAN,
    name="ubuntu",
    title="Ubuntu 22.04 and newer",
    systemd=249,
    auto_update_units=(*_DEBIAN.auto_update_units, "snapd.refresh.timer"),
    auto_update_stops=(*_DEBIAN.auto_update_stops, "snapd.refresh.timer"),
)

# Fedora's family. SELinux lets systemd start what is labelled bin_t, as the policy labels everything below
# /usr/local/bin (SELinux reference policy, policy/modules/kernel/corecommands.fc); below /opt on Fedora CoreOS it did
# not (k0sproject/k0sctl #440). Hence the unusual place of the scripts.
_RHEL: Final = Family(
    name="rhel",
    title="RHEL 9 and newer, Rocky Linux, AlmaLinux, Fedora Server",
    formats=("cloud-config", "ignition"),
    systemd=252,
    binaries="/usr/local/bin",
    library="/usr/local/bin/cloudgen",
    # update-ca-trust(8).
    trust_file="/etc/pki/ca-trust/source/anchors/{name}.crt",
    trust_update="update-ca-trust",
    # /etc/ssl/certs leads to files below the second one.
    pod_trust_mounts=("/etc/ssl/certs", "/etc/pki/ca-trust"),
    # Fedora's setup, group.
    no_groups=("core", "dip", "docker", "plugdev", "staff", "sudo"),
    # As the packages of kubelet require them (kubernetes/release, kubelet.spec). Not curl: images bring curl-minimal,
    # which it conflicts with.
    packages=("conntrack-tools", "ethtool", "iproute", "iptables", "openssl", "socat", "tar"),
    filesystem_packages={"xfs": "xfsprogs"},
    time_package="chrony",
    time_unit="chronyd.service",
    # There is no folder of sources: the file takes the place of the distribution's.
    time_servers=(
        "/etc/chrony.conf",
        "driftfile /var/lib/chrony/drift\nmakestep 1.0 3\nrtcsync\n",
        "server {server} iburst\n",
    ),
    auto_update_units=("dnf-automatic.timer", "dnf-automatic-install.timer", "dnf5-automatic.timer"),
    auto_update_stops=("dnf-automatic.timer", "dnf-automatic-install.timer", "dnf5-automatic.timer"),
)

_FCOS: Final = replace(
    _RHEL,
    name="fcos",
    title="Fedora CoreOS",
    formats=("ignition",),
    systemd=255,
    read_only=("/usr",),
    # A link to /var/usrlocal (Fedora CoreOS docs, "Storage").
    writable=("/usr/local",),
    no_groups=("dip", "plugdev", "staff"),
    packages=(),
    filesystem_packages={},
    time_package=None,
    # Fedora CoreOS docs, "Auto-Updates and Manual Rollbacks".
    auto_update_units=("zincati.service",),
    auto_update_stops=("zincati.service",),
)

_FLATCAR: Final = Family(
    name="flatcar",
    title="Flatcar Container Linux",
    formats=("ignition",),
    systemd=252,
    # flatcar.org docs, "Using a custom Docker or containerd version": binaries go to /opt/bin.
    binaries="/opt/bin",
    library="/opt/cloudgen",
    read_only=("/usr",),
    # flatcar.org docs, "Custom certificate authorities": PEM files named *.pem.
    trust_file="/etc/ssl/certs/{name}.pem",
    trust_update="update-ca-certificates",
    pod_trust_mounts=("/etc/ssl/certs",),
    filesystem_packages={},
    time_unit="systemd-timesyncd.service",
    # timesyncd.conf(5): the values of several lines are added up.
    time_servers=("/etc/systemd/timesyncd.conf.d/cloudgen.conf", "[Time]\n", "NTP={server}\n"),
    # flatcar.org docs, "Update and reboot strategies".
    auto_update_units=("update-engine.service", "locksmithd.service"),
    auto_update_stops=("update-engine.service", "locksmithd.service"),
)

FAMILIES: Final = {family.name: family for family in (_DEBIAN, _UBUNTU, _RHEL, _FLATCAR, _FCOS)}
