"""The providers: one file each, one line each."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cloudgen.provider import Provider
from cloudgen.providers.aws import AWS
from cloudgen.providers.azure import AZURE
from cloudgen.providers.digitalocean import DIGITALOCEAN
from cloudgen.providers.gcp import GCP
from cloudgen.providers.generic import GENERIC
from cloudgen.providers.hetzner import HETZNER
from cloudgen.providers.openstack import OPENSTACK
from cloudgen.providers.openstack_config_drive import OPENSTACK_CONFIG_DRIVE
from cloudgen.providers.proxmox import PROXMOX
from cloudgen.providers.vmware import VMWARE
from cloudgen.providers.yandex import YANDEX
from cloudgen.providers.yandex_instance_group import YANDEX_INSTANCE_GROUP

PROVIDERS: Final[Mapping[str, Provider]] = MappingProxyType(
    {
        "generic": GENERIC,
        "aws": AWS,
        "azure": AZURE,
        "digitalocean": DIGITALOCEAN,
        "gcp": GCP,
        "hetzner": HETZNER,
        "openstack": OPENSTACK,
        "openstack-config-drive": OPENSTACK_CONFIG_DRIVE,
        "proxmox": PROXMOX,
        "vmware": VMWARE,
        "yandex": YANDEX,
        "yandex-instance-group": YANDEX_INSTANCE_GROUP,
    }
)
