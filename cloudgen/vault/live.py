"""What a Vault server holds, as plain data; and the steps from there to what it should hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cloudgen.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveMount:
    """A mount as the server tells it."""

    kind: str
    version: str = ""
    max_lease_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCertificate:
    """One certificate of an authority's chain; times are seconds since 1970."""

    common_name: str
    self_signed: bool
    not_before: int
    not_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """The part of a server that a layout speaks of."""

    mounts: Mapping[str, LiveMount] = field(default_factory=dict)
    """By their API path, such as sys/mounts/clusters/example/kv."""
    chains: Mapping[str, tuple[LiveCertificate, ...]] = field(default_factory=dict)
    """`ca_chain` of PKI mounts; empty where there is no authority yet."""
    entries: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By path; what does not exist is not in it. Token roles are there whoever made them."""
    key_pair: frozenset[str] | None = None
    """The names of the fields of the service-account key pair; None where there is none."""
    strays: tuple[str, ...] = ()
    """What lies below the cluster's paths and is none of the layout's."""


@dataclass(frozen=True, slots=True)
class Change:
    """One parameter: what it is, and what it will be."""

    key: str
    old: Any
    new: Any


Action = Literal["create", "change", "delete"]
How = Literal["write", "intermediate", "csr", "key-pair", "delete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to make, to change or to delete."""

    action: Action
    what: str
    name: str
    """Where it is, as the user knows it."""
    changes: tuple[Change, ...] = ()
    how: How = "write"
    path: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What `apply` will do, what it leaves alone, and what is wrong."""

    steps: tuple[Step, ...] = ()
    unneeded: tuple[Step, ...] = ()
    """What would be deleted, but was not asked for."""
    strays: tuple[str, ...] = ()
    """What is there besides, and never deleted."""
    report: Report = field(default_factory=Report)
