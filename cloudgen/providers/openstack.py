"""OpenStack: Nova counts the user-data after base64, and its metadata proxy spoils raw gzip."""

from typing import Final

from cloudgen.provider import Provider, SizeUnit

OPENSTACK: Final = Provider(
    name="openstack",
    title="OpenStack",
    # 65,535 encoded bytes carry 49,149 raw ones.
    limit=65_535,
    unit=SizeUnit.BASE64,
    # Text only: Neutron's proxy decodes and encodes what passes (openstack/neutron, neutron/common/metadata.py;
    # Launchpad bug 2120723), which raw gzip does not survive.
    packings=("mime-gzip", "plain"),
    formats=("cloud-config",),
    # systemd.net-naming-scheme(7): virtio cards are ens3 or enp1s0, or eth0 where predictable names are off.
    nic_pattern=r"^(eth|ens|enp)[0-9a-z]+$",
    # udev names a virtio disk by its serial number: the volume's id, of which virtio keeps 20 characters.
    disk_by_id="/dev/disk/by-id/virtio-{name}",
    source="OpenStack Nova: API reference, servers, user_data (base64, maxLength 65535); Nova user guide, Metadata",
)
