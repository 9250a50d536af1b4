"""Azure: custom data, counted after its base64 is decoded."""

from typing import Final

from cloudgen.provider import HandOver, Provider

AZURE: Final = Provider(
    name="azure",
    title="Azure",
    # Its API refuses more than 87,380 characters of base64, which are these bytes (Azure/aks-engine #1663).
    limit=65_535,
    carries={
        "cloud-config": ("mime-gzip", "gzip", "plain"),
        "ignition": ("ignition-gzip", "plain"),
    },
    refuses={"gzip-base64": "the API undoes one base64, and cloud-init's Azure data source no second one"},
    datasource="Azure",
    # learn.microsoft.com, virtual machines, "Troubleshoot Linux VM device name changes".
    disk="/dev/disk/azure/scsi1/lun{name}",
    disk_name="its LUN",
    zone="--zone {zone}",
    hand_over=(
        # az reads the file as a text.
        HandOver(how='osProfile.customData of the API: "$(base64 -w0 {path})"', packings=("gzip",)),
        HandOver(how="az vm create --name {node}{zone} --custom-data {path}"),
    ),
    source=(
        "learn.microsoft.com, REST API, compute, OSProfile.customData: the decoded binary array has at most 65535 bytes"
    ),
)
