"""Largest sizes as the vendors document them, in raw bytes of ASCII: written down here, not taken from the rows."""

from collections.abc import Mapping
from typing import Final

LARGEST: Final[Mapping[str, int | None]] = {
    "aws": 16_384,  # EC2 user guide: 16 KB, in raw form
    "azure": 65_535,  # REST API, OSProfile.customData: 65535 bytes once decoded
    "digitalocean": 65_536,  # API reference: 64 KiB
    "gcp": 262_144,  # compute API: 262144 bytes
    "generic": None,
    "hetzner": 32_768,  # API reference: 32KiB
    "openstack": 49_149,  # Nova: maxLength 65535 after base64
    "openstack-config-drive": 49_149,
    "proxmox": 1_048_576,  # qemu-server: 1 MiB
    "vmware": 65_536,  # guestinfo: 64 KiB for a variable
    "yandex": 262_144,  # cloudapi: 256 KB
    "yandex-instance-group": 262_144,  # cloudapi: 262144 characters
}
