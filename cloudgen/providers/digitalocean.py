"""DigitalOcean: a plain text of at most 64 KiB."""

from typing import Final

from cloudgen.provider import HandOver, Provider

DIGITALOCEAN: Final = Provider(
    name="digitalocean",
    title="DigitalOcean",
    limit=65_536,
    carries={
        "cloud-config": ("mime-gzip", "plain"),
        "ignition": ("ignition-gzip", "plain"),
    },
    refuses={
        "gzip": "the API takes plain text alone, which gzip is not",
        "gzip-base64": "cloud-init's DigitalOcean data source decodes no base64",
    },
    datasource="DigitalOcean",
    disk="/dev/disk/by-id/scsi-0DO_Volume_{name}",
    disk_name="the volume's name",
    hand_over=(HandOver(how="doctl compute droplet create {node} --user-data-file {path}"),),
    source="docs.digitalocean.com, API reference, create a droplet, user_data: plain text, may not exceed 64 KiB",
)
