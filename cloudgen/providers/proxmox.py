"""Proxmox VE: a snippet becomes the user-data of a NoCloud drive, made anew at every start of the machine."""

from typing import Final

from cloudgen.provider import HandOver, Provider

_SNIPPET: Final = "snippets/{node}.user-data"

PROXMOX: Final = Provider(
    name="proxmox",
    title="Proxmox VE",
    limit=1_048_576,
    # Ignition has a platform of this name that reads the same drive (Ignition docs, "Supported platforms").
    carries={
        "cloud-config": ("plain", "mime-gzip", "gzip"),
        "ignition": ("plain", "ignition-gzip"),
    },
    datasource="NoCloud",
    # A disk on virtio-scsi shows its slot, or the serial= of its settings.
    disk="/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_{name}",
    disk_name="its slot, such as drive-scsi1, or its serial",
    # Snippets lie on the node itself; `cicustom` without `meta=` leaves the meta-data to Proxmox VE, which the
    # instance-id comes from (Proxmox VE wiki, "Cloud-Init Support", custom cloud-init configuration).
    hand_over=(
        HandOver(
            how=f'install -m 0600 {{path}} /var/lib/vz/{_SNIPPET} && qm set "$VMID" --cicustom user=local:{_SNIPPET}'
        ),
    ),
    source="Proxmox VE, qemu-server, PVE/QemuServer/Cloudinit.pm, read_cloudinit_snippets_file: reads at most 1 MiB",
)
