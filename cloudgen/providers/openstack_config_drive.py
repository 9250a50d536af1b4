"""OpenStack's config drive: the same limit, and bytes on a disk, which no proxy reads as text."""

from typing import Final

from cloudgen.provider import HandOver, Provider, SizeUnit

OPENSTACK_CONFIG_DRIVE: Final = Provider(
    name="openstack-config-drive",
    title="OpenStack (config drive)",
    limit=65_535,
    unit=SizeUnit.BASE64,
    carries={
        "cloud-config": ("mime-gzip", "gzip", "plain"),
        "ignition": ("ignition-gzip", "plain"),
    },
    refuses={"gzip-base64": "cloud-init's ConfigDrive data source decodes no base64"},
    datasource="ConfigDrive",
    disk="/dev/disk/by-id/virtio-{name}",
    disk_name="the first 20 characters of the volume's id",
    zone="--availability-zone {zone}",
    hand_over=(HandOver(how="openstack server create{zone} --config-drive true --user-data {path} {node}"),),
    source="OpenStack Nova: API reference, servers, user_data (base64, maxLength 65535); Nova user guide, Config drive",
)
