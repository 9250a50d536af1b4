"""Yandex Cloud: the value is a text in the metadata; its command line client and instance groups substitute in it."""

from typing import Final

from cloudgen.provider import Provider

YANDEX: Final = Provider(
    name="yandex",
    title="Yandex Cloud",
    limit=262_144,
    packings=("mime-gzip", "plain"),
    # Ignition has no platform of this name (Ignition docs, "Supported platforms").
    formats=("cloud-config",),
    # `yc` replaces $NAME by the operator's environment, an unset one by nothing (yandex.cloud docs, compute, "Creating
    # a VM with a custom configuration script"); instance groups replace {instance.index} and its kin (yandex.cloud
    # docs, instance groups, "Variables in an instance template").
    substitutes="${}",
    # systemd.net-naming-scheme(7): virtio cards are eth0, or ens/enp where predictable names are on.
    nic_pattern=r"^(eth|ens|enp)[0-9a-z]+$",
    # A disk attached with `device_name` shows it as its virtio serial number.
    disk_by_id="/dev/disk/by-id/virtio-{name}",
    source=(
        "yandex-cloud/cloudapi, yandex/cloud/compute/v1/instance_service.proto, CreateInstanceRequest.metadata:"
        " a value is at most 256 KB, all of them together below 512 KB"
    ),
)
