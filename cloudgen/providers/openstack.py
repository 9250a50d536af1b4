"""OpenStack: Nova counts the user-data after base64, and its metadata proxy spoils raw gzip."""

from typing import Final

from cloudgen.provider import HandOver, Provider, SizeUnit

OPENSTACK: Final = Provider(
    name="openstack",
    title="OpenStack (metadata)",
    # 65,535 encoded bytes carry 49,149 raw ones.
    limit=65_535,
    unit=SizeUnit.BASE64,
    carries={
        "cloud-config": ("mime-gzip", "plain"),
        "ignition": ("ignition-gzip", "plain"),
    },
    refuses={
        "gzip": "Neutron's metadata proxy (2025.1 and newer) decodes what passes as text, which gzip does not survive"
        " (Launchpad bug 2120723); the config drive passes it by",
        "gzip-base64": "cloud-init's OpenStack data source decodes no base64",
    },
    datasource="OpenStack",
    # udev names a virtio disk by its serial number.
    disk="/dev/disk/by-id/virtio-{name}",
    disk_name="the first 20 characters of the volume's id",
    zone="--availability-zone {zone}",
    hand_over=(HandOver(how="openstack server create{zone} --user-data {path} {node}"),),
    source="OpenStack Nova: API reference, servers, user_data (base64, maxLength 65535); Nova user guide, Metadata",
)
