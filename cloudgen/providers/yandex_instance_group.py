"""Yandex Cloud's instance groups: the template's metadata, in which variables in braces are replaced.

A group makes all of its machines from one template, and every master has user-data of its own: a group for each.
"""

from typing import Final

from cloudgen.provider import HandOver, Provider, SizeUnit

YANDEX_INSTANCE_GROUP: Final = Provider(
    name="yandex-instance-group",
    title="Yandex Cloud (instance group)",
    limit=262_144,
    unit=SizeUnit.CHARACTERS,
    carries={"cloud-config": ("mime-gzip",)},
    refuses={
        "ignition": "Ignition has no platform of this name (Ignition docs, Supported platforms)",
        # yandex.cloud docs, compute, instance groups, "Variables in an instance template".
        "plain": "instance groups replace variables in braces, such as {instance.index}, in the metadata",
        "gzip": "a value of the metadata is a text, which gzip is not",
        "gzip-base64": "only images with cloud-init 23.3 or newer decode it; mime-gzip is opened by every one",
    },
    substitutes="{}",
    substitution="instance groups replace variables in braces, such as {instance.index}",
    datasource="Ec2",
    disk="/dev/disk/by-id/virtio-{name}",
    disk_name="its device_name",
    hand_over=(HandOver(how="the group's instance_template.metadata.user-data, a group for {node} alone: {path}"),),
    source=(
        "yandex-cloud/cloudapi, yandex/cloud/compute/v1/instancegroup/instance_group.proto, InstanceTemplate.metadata:"
        " a value is at most 262144 characters"
    ),
)
