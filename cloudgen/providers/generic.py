"""Generic: a machine that takes its user-data from a file, such as a NoCloud seed; no limit is known."""

from typing import Final

from cloudgen.provider import Provider

GENERIC: Final = Provider(
    name="generic",
    title="Generic (NoCloud and the like)",
    limit=None,
    packings=("plain", "mime-gzip"),
    formats=("cloud-config",),
    # The kernel's and systemd's names of wired cards (systemd.net-naming-scheme(7)); never a pod's veth, cali or cni.
    nic_pattern=r"^(eth|eno|ens|enp)[0-9a-z]+$",
    source="cloud-init docs, data source NoCloud: user-data is a file; no limit is given",
)
