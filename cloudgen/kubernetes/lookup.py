"""What goes with a Kubernetes release: image tags, companions, node labels. Rows of data, found by release."""

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from cloudgen import resources
from cloudgen.release import Release, Since

REGISTRY = "registry.k8s.io"
"""Where the images come from, whatever the release: the older k8s.gcr.io is frozen since April 2023."""

# containerd's RELEASES.md, table "Kubernetes Support": kubelets up to 1.25 may ask for CRI v1alpha2, which 1.7 still
# speaks and 2.x dropped; 1.7.28 is the oldest 1.7 that 1.34 and 1.35 ask for. 1.36 wants 2.2 or newer, so the change
# to 2.3, the long-term series, has to come before it; 1.7 ends in September 2026, before 1.34 does.
CONTAINERD = Since({"1.22": "1.7.28", "1.34": "2.3.0"})
RUNC = Since({"1.22": "v1.3.3"})

_LABEL_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
_DNS_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_LABEL_PREFIX = re.compile(rf"(?=.{{1,253}}\Z){_DNS_LABEL}(\.{_DNS_LABEL})*")


@dataclass(frozen=True, slots=True)
class Nearest:
    """The minor whose rows stand for a release; `exact` is false where the release is newer than all that is known."""

    minor: str
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Companions:
    """The versions that go with one release; tags as they stand in an image's name, releases as they are numbered."""

    etcd: str
    """Tag of the etcd image that kubeadm takes, such as `3.5.6-0`."""
    pause: str
    coredns: str
    containerd: str
    runc: str
    crictl: str
    registry: str
    end_of_life: str
    """A date, such as `2023-02-28`; empty where none is known."""
    preliminary: bool
    """The rows were taken before the minor was released."""
    nearest: Nearest


def known_minors() -> tuple[str, ...]:
    """The minors that have rows, oldest first."""
    return tuple(_data()["minors"])


def nearest(release: Release) -> Nearest:
    """The known minor for a release: itself, or the newest one for a newer release; an older one is refused."""
    minor = Since({known: known for known in known_minors()}).at(release)
    return Nearest(minor, exact=minor == release.series)


def companions(release: Release) -> Companions:
    """What goes with a release; of patch releases the newest row that is not newer than it."""
    row = nearest(release)
    return Companions(
        etcd=_table("etcd").at(release),
        pause=_table("pause").at(release),
        coredns=_table("coredns").at(release),
        containerd=CONTAINERD.at(release),
        runc=RUNC.at(release),
        crictl=_table("crictl").at(release),
        registry=REGISTRY,
        end_of_life=_data()["end_of_life"].get(release.series, ""),
        preliminary=row.minor in _data()["preliminary"],
        nearest=row,
    )


def changes() -> tuple[str, ...]:
    """Every release at which a companion changes, in no promised order: what golden tests walk."""
    tables = (*map(_table, ("etcd", "pause", "coredns", "crictl")), CONTAINERD, RUNC)
    return tuple(dict.fromkeys(key for table in tables for key in table.keys))


def label_problem(key: str) -> str | None:
    """Why a kubelet may not set this label on its own node; None where it may."""
    prefix, slash, name = key.rpartition("/")
    if not _LABEL_NAME.fullmatch(name) or (slash and not _LABEL_PREFIX.fullmatch(prefix)):
        return (
            f"{key!r} is no label key: [prefix/]name, the prefix a DNS name, the name at most 63 of A-Z a-z 0-9 . _ -"
        )
    if not _within(prefix, ("kubernetes.io", "k8s.io")) or key in _data()["node_labels"]["keys"]:
        return None
    if _within(prefix, _data()["node_labels"]["prefixes"]):
        return None
    return f"a kubelet may not set {key!r} on its own node: it would not start"


def _within(prefix: str, domains: tuple[str, ...] | list[str]) -> bool:
    return any(prefix == domain or prefix.endswith(f".{domain}") for domain in domains)


@cache
def _table(name: str) -> Since[str]:
    return Since(_data()[name])


@cache
def _data() -> Any:
    return json.loads(resources.text("kubernetes/releases.json"))
