"""Yandex Cloud: the value is a text in the metadata, and its command line client substitutes in it."""

from typing import Final

from cloudgen.provider import HandOver, Provider

_CREATE: Final = "yc compute instance create --name {node}{zone} --metadata-from-file user-data="

YANDEX: Final = Provider(
    name="yandex",
    title="Yandex Cloud",
    limit=262_144,
    carries={"cloud-config": ("mime-gzip", "plain")},
    refuses={
        "ignition": "Ignition has no platform of this name (Ignition docs, Supported platforms)",
        "gzip": "a value of the metadata is a text, which gzip is not",
        "gzip-base64": "only images with cloud-init 23.3 or newer decode it; mime-gzip is opened by every one",
    },
    substitutes="$",
    # yandex.cloud docs, compute, "Creating a VM with a custom configuration script": a variable is escaped as $$.
    substitution="yc replaces $NAME by the operator's environment, and what is unset there by nothing",
    # Its metadata service answers as EC2's and as GCE's do.
    datasource="Ec2",
    # A disk attached with `device_name` shows it as its virtio serial number.
    disk="/dev/disk/by-id/virtio-{name}",
    disk_name="its device_name",
    zone="--zone {zone}",
    hand_over=(
        HandOver(how=f"{_CREATE}<(sed 's/[$]/&&/g' {{path}})", packings=("plain",)),
        HandOver(how=f"{_CREATE}{{path}}"),
    ),
    splits=",",
    source=(
        "yandex-cloud/cloudapi, yandex/cloud/compute/v1/instance_service.proto, CreateInstanceRequest.metadata:"
        " a value is at most 256 KB, all of them together below 512 KB"
    ),
)
