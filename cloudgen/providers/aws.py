"""AWS EC2: the smallest of all limits, counted before base64, and bytes arrive as they are."""

from typing import Final

from cloudgen.provider import HandOver, Provider

AWS: Final = Provider(
    name="aws",
    title="AWS EC2",
    limit=16_384,
    carries={
        "cloud-config": ("gzip", "mime-gzip", "plain"),
        "ignition": ("ignition-gzip", "plain"),
    },
    narrow_for=("cloud-config", "ignition"),
    refuses={"gzip-base64": "only images with cloud-init 23.3 or newer decode it; gzip is smaller and always opened"},
    datasource="Ec2",
    # Cards of Xen instances are enX0 in newer kernels.
    nic_pattern=r"^(eth|ens|enp|enX)[0-9a-z]+$",
    # docs.aws.amazon.com, EBS user guide, "Map Amazon EBS volumes to NVMe device names".
    disk="/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_{name}",
    disk_name="the volume's id without its dash",
    zone="--placement AvailabilityZone={zone}",
    hand_over=(HandOver(how="aws ec2 run-instances{zone} --user-data fileb://{path}"),),
    source="docs.aws.amazon.com, EC2 user guide, instance user data: at most 16 KB, in raw form, before base64",
)
