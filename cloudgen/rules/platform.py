"""Versions, provider, format, packing and disk: what goes together."""

from collections.abc import Iterator
from typing import Final

from cloudgen.kubernetes import known_minors, nearest
from cloudgen.packing import carried
from cloudgen.packings import PACKINGS
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
    """The provider carries the format and the packing, and the packing the format."""
    provider, format_, packing = PROVIDERS[spec.provider], spec.encoder.name, spec.packing
    if spec.format_version and spec.format_version not in spec.encoder.versions:
        yield Problem(f"{format_} has no version {spec.format_version}", ("formatVersion",), "leave it out")
    if format_ not in provider.formats:
        message = f"{format_} does not boot on {provider.title}{provider.why_not(format_)}"
        yield Problem(message, ("format",), f"write {' or '.join(provider.formats)}, or choose another provider")
        return
    fitting = provider.packings(format_)
    remedy = f"write {' or '.join(fitting)}"
    if packing and not carried(PACKINGS[packing], format_):
        yield Problem(f"{packing} does not carry {format_}: {PACKINGS[packing].opened_by}", ("packing",), remedy)
    elif packing and packing not in fitting:
        message = f"{packing} does not travel through {provider.title}{provider.why_not(packing)}"
        yield Problem(message, ("packing",), remedy)


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
