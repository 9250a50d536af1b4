"""Hetzner Cloud: a text of at most 32 KiB."""

from typing import Final

from cloudgen.provider import HandOver, Provider

HETZNER: Final = Provider(
    name="hetzner",
    title="Hetzner Cloud",
    limit=32_768,
    carries={
        # cloud-init's data source undoes base64 (cloudinit/sources/DataSourceHetzner.py).
        "cloud-config": ("mime-gzip", "gzip-base64", "plain"),
        "ignition": ("ignition-gzip", "plain"),
    },
    narrow_for=("ignition",),
    refuses={
        "gzip": "the API takes a text, which gzip is not",
        "gzip-base64": "Ignition decodes no base64 around its config",
    },
    datasource="Hetzner",
    disk="/dev/disk/by-id/scsi-0HC_Volume_{name}",
    disk_name="the volume's number",
    hand_over=(HandOver(how="hcloud server create --name {node} --user-data-from-file {path}"),),
    source="docs.hetzner.cloud, create a server, user_data: limited to 32KiB",
)
