"""Google Cloud: the value is a text in the metadata; cloud-init is told of base64 by a key beside it."""

from typing import Final

from cloudgen.provider import HandOver, Provider

_CREATE: Final = "gcloud compute instances create {node}{zone} --metadata-from-file=user-data={path}"

GCP: Final = Provider(
    name="gcp",
    title="Google Cloud",
    limit=262_144,
    carries={
        "cloud-config": ("mime-gzip", "gzip-base64", "plain"),
        "ignition": ("ignition-gzip", "plain"),
    },
    refuses={
        "gzip": "a value of the metadata is a text, which gzip is not",
        "gzip-base64": "Ignition does not read the key user-data-encoding",
    },
    datasource="GCE",
    # cloud.google.com docs, compute, "Device names for persistent disks".
    disk="/dev/disk/by-id/google-{name}",
    disk_name="its device name",
    zone="--zone={zone}",
    hand_over=(
        # cloud-init, cloudinit/sources/DataSourceGCE.py.
        HandOver(how=f"{_CREATE} --metadata=user-data-encoding=base64", packings=("gzip-base64",)),
        HandOver(how=_CREATE),
    ),
    splits=",",
    source="googleapis, compute v1, Metadata.items.value: at most 262144 bytes (256 KiB)",
)
