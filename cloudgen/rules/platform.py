"""Versions, provider, format, packing and disk: what goes together."""

from collections.abc import Iterator
from typing import Final

from pydantic.alias_generators import to_camel

from cloudgen.family import FAMILIES, NEVER_BELOW, lies_below
from cloudgen.kubernetes import known_minors, nearest
from cloudgen.packing import carried
from cloudgen.packings import PACKINGS
from cloudgen.providers import PROVIDERS
from cloudgen.release import Version
from cloudgen.report import Problem, warning
from cloudgen.spec import Spec

_MADE: Final = ("root", "etcd_data", "kubelet", "key_keeper", "audit_logs", "cni_config")
"""Folders that scripts, kubelet or pods make where they are missing."""
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
        remedy = f"write {' or '.join(provider.formats)}, or choose another provider"
        if spec.format:
            yield Problem(message, ("format",), remedy)
        else:
            yield Problem(message, ("host", "family"), "choose another provider, or another family of images")
        return
    fitting = provider.packings(format_)
    remedy = f"write {' or '.join(fitting)}"
    if packing and not carried(PACKINGS[packing], format_):
        yield Problem(f"{packing} does not carry {format_}: {PACKINGS[packing].opened_by}", ("packing",), remedy)
    elif packing and packing not in fitting:
        message = f"{packing} does not travel through {provider.title}{provider.why_not(packing)}"
        yield Problem(message, ("packing",), remedy)


def families(spec: Spec) -> Iterator[Problem]:
    """The host family's images read the format, can be written where they must, and fetch packages."""
    family = FAMILIES[spec.host.family]
    if spec.encoder.name not in family.formats:
        message = f"images of {family.title} do not read {spec.encoder.name}"
        yield Problem(message, ("format",), f"write {' or '.join(family.formats)}, or leave it out")
    if spec.paths.binaries and family.refuses(spec.paths.binaries):
        message = f"{spec.paths.binaries} is read-only on {family.title}"
        yield Problem(message, ("paths", "binaries"), f"leave it out: {family.binaries} is the usual place")
    for name in _MADE:
        folder = getattr(spec.paths, name)
        if lies_below(folder, NEVER_BELOW):
            message = f"{folder} would be made on the machine: nothing may be made below {NEVER_BELOW}"
            yield Problem(message, ("paths", to_camel(name)), "choose a folder below /etc, /var or /opt")
    if (spec.proxy.http or spec.proxy.https) and family.packages and not family.apt_configuration:
        message = f"the package manager of {family.title} is not told of the proxy"
        remedy = "choose an image that is, or one that brings the packages, and say so: host: {defaultPackages: false}"
        if spec.host.default_packages or spec.host.packages:
            yield warning(message, ("proxy",), remedy)


def proxy(spec: Spec) -> Iterator[Problem]:
    """A proxy's password does not stay one: told without a place, whose line would hold it."""
    if any(url and "@" in url for url in (spec.proxy.http, spec.proxy.https)):
        message = "whoever is on a master reads the proxy's password, as do all who may read pods of kube-system"
        yield warning(message, remedy="let the proxy know the machines by their addresses")


def groups(spec: Spec) -> Iterator[Problem]:
    """A user's groups are there: the format may leave them to the image."""
    family = FAMILIES[spec.host.family]
    absent = spec.encoder.usual_groups.intersection(family.no_groups)
    for index, user in enumerate(spec.host.users):
        for position, name in enumerate(user.groups):
            if name in absent:
                message = f"images of {family.title} bring no group {name}: without it the machine would not boot"
                remedy = "leave it out, or choose an image that brings it"
                yield warning(message, ("host", "users", index, "groups", position), remedy)


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
