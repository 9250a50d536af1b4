"""Versions, provider, format, packing and disk: what goes together."""

from collections.abc import Iterator
from typing import Final

from cloudgen.kubernetes import known_minors, nearest
from cloudgen.providers import PROVIDERS
from cloudgen.release import Version
from cloudgen.report import Problem, warning
from cloudgen.spec import Spec

_LABEL_LENGTHS: Final = {"ext4": 16, "xfs": 12}
"""Longest filesystem label: mke2fs(8), mkfs.xfs(8)."""


def release(spec: Spec) -> Iterator[Problem]:
    """The Kubernetes release is one whose needs are known."""
    path, minors = ("kubernetesVersion",), known_minors()
    try:
        known = nearest(spec.release)
    except ValueError:
        yield Problem(f"Kubernetes {spec.release} is too old", path, f"write v{minors[0]}.0 or newer")
        return
    if not known.exact:
        message = f"Kubernetes {spec.release} is newer than what this cloudgen knows; it is treated as v{known.minor}"
        yield warning(message, path, "update cloudgen, or check flags and companion versions yourself")


def companion_versions(spec: Spec) -> Iterator[Problem]:
    """Versions of etcd and containerd can be read."""
    for value, path in ((spec.etcd.version, ("etcd", "version")), (spec.containerd.version, ("containerd", "version"))):
        try:
            if value is not None:
                Version.parse(value)
        except ValueError as error:
            message, _, remedy = str(error).partition(": ")
            yield Problem(message, path, remedy)


def carriage(spec: Spec) -> Iterator[Problem]:
    """The provider carries the format and the packing."""
    provider = PROVIDERS[spec.provider]
    if spec.format not in provider.formats:
        remedy = f"write one of: {', '.join(provider.formats)}"
        yield Problem(f"{provider.title} images do not read {spec.format}", ("format",), remedy)
    if spec.packing and spec.packing not in provider.packings:
        remedy = f"write one of: {', '.join(provider.packings)}"
        yield Problem(f"{provider.title} does not carry {spec.packing}", ("packing",), remedy)


def etcd_disk(spec: Spec) -> Iterator[Problem]:
    """The etcd disk's filesystem and label are such that they can be made."""
    disk = spec.etcd.disk
    if disk is None:
        return
    longest = _LABEL_LENGTHS.get(disk.filesystem)
    if longest is None:
        message = f"{disk.filesystem} is no filesystem for etcd"
        yield Problem(message, ("etcd", "disk", "filesystem"), "write ext4 or xfs")
    elif len(disk.label) > longest:
        message = f"a label of {disk.filesystem} holds {longest} characters"
        yield Problem(message, ("etcd", "disk", "label"), "shorten it")
