"""VMware: guestinfo variables, each counted as it is stored, with a second one that names its encoding."""

from typing import Final

from cloudgen.provider import HandOver, Provider

_CHANGE: Final = "govc vm.change -vm {node}"
_CLOUD_INIT: Final = f"{_CHANGE} -f guestinfo.userdata={{path}}"
_IGNITION: Final = f"{_CHANGE} -f guestinfo.ignition.config.data={{path}}"
_PACKED: Final = ("gzip-base64",)

VMWARE: Final = Provider(
    name="vmware",
    title="VMware (guestinfo)",
    limit=65_536,
    carries={
        "cloud-config": ("gzip-base64", "mime-gzip", "plain"),
        "ignition": ("gzip-base64", "ignition-gzip", "plain"),
    },
    refuses={"gzip": "a guestinfo variable is a text, which gzip is not; gzip-base64 is"},
    datasource="VMware",
    # Seen by the guest with disk.EnableUUID=TRUE alone.
    disk="/dev/disk/by-id/wwn-0x{name}",
    disk_name="the disk's UUID without its dashes, where disk.EnableUUID is TRUE",
    # cloud-init docs, data source VMware; Ignition docs, "Supported platforms", VMware.
    hand_over=(
        HandOver(
            how=f"{_IGNITION} -e guestinfo.ignition.config.data.encoding=gzip+base64",
            formats=("ignition",),
            packings=_PACKED,
        ),
        HandOver(how=_IGNITION, formats=("ignition",)),
        HandOver(how=f"{_CLOUD_INIT} -e guestinfo.userdata.encoding=gzip+base64", packings=_PACKED),
        HandOver(how=_CLOUD_INIT),
    ),
    source="vmware-tanzu/vm-operator #148: a guestinfo variable is limited to 64 KiB",
)
