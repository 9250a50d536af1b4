"""Comparing what a server holds with what it should hold."""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any, Final

from cloudgen.report import Report
from cloudgen.vault import complaints
from cloudgen.vault.entries import Entry, entries, mount_data, mount_path, shown_path
from cloudgen.vault.layout import Authority, Layout, Mount
from cloudgen.vault.leftovers import leftovers
from cloudgen.vault.live import Change, How, Live, LiveMount, Plan, Step

_OF_NEWER_SERVERS: Final = frozenset(
    {
        "allowed_ip_sans_cidr",
        "not_after_bound",
        "not_before",
        "not_before_bound",
        "allowed_user_ids",
        "ext_key_usage_oids",
        "token_strictly_bind_ip",
    }
)
"""What not every server knows: where it is not told, it cannot be set."""
_HOW: Final[Mapping[str, How]] = {"self-signed": "write", "root": "intermediate", "external": "csr"}


def compare(wanted: Layout, live: Live, now: float, *, prune: bool = False) -> Plan:
    """The steps from what is to what should be, in their order, and what is wrong on the way."""
    gone = tuple(leftovers(wanted, live))
    paths = {step.path for step in gone}
    return Plan(
        steps=(
            *(step for mount in wanted.mounts for step in _mount(mount, live)),
            *(_authority(a, wanted) for a in wanted.authorities if not live.chains.get(a.mount)),
            *_key_pair(wanted, live),
            *(step for entry in entries(wanted) for step in _entry(entry, live)),
            *(gone if prune else ()),
        ),
        unneeded=() if prune else gone,
        strays=tuple(path for path in live.strays if path not in paths),
        report=Report.of(complaints.about(wanted, live, now)),
    )


def _mount(mount: Mount, live: Live) -> Iterator[Step]:
    path = mount_path(mount)
    found = live.mounts.get(path)
    what = "auth method" if mount.kind == "approle" else "mount"
    if found is None:
        data = mount_data(mount)
        yield Step(
            action="create",
            what=what,
            name=mount.path,
            changes=_shown({"type": mount.kind, **data.get("config", {})}),
            path=path,
            data=data,
        )
        return
    changes = tuple(_tuned(mount, found))
    if changes:
        data = {change.key: change.new for change in changes}
        yield Step(action="change", what=what, name=mount.path, changes=changes, path=f"{path}/tune", data=data)


def _tuned(mount: Mount, found: LiveMount) -> Iterator[Change]:
    if mount.max_lease_seconds and found.max_lease_seconds < mount.max_lease_seconds:
        old = f"{found.max_lease_seconds}s" if found.max_lease_seconds else "the server's default"
        yield Change("max_lease_ttl", old, f"{mount.max_lease_seconds}s")


def _authority(authority: Authority, wanted: Layout) -> Step:
    size = max(2048, *(int(role.parameters["key_bits"]) for role in wanted.pki_roles))  # type: ignore[arg-type]
    data = {
        "common_name": authority.common_name,
        "exclude_cn_from_sans": True,
        "ttl": f"{authority.ttl_seconds}s",
        "key_type": "rsa",
        "key_bits": size,
    }
    how = _HOW[authority.mode]
    shown = _shown({"common_name": authority.common_name, "signed": authority.mode, "ttl": data["ttl"]})
    path = f"{authority.mount}/root/generate/internal" if how == "write" else authority.mount
    return Step(action="create", what="authority", name=authority.mount, changes=shown, how=how, path=path, data=data)


def _key_pair(wanted: Layout, live: Live) -> Iterator[Step]:
    if live.key_pair is None:
        changes = _shown({"private": "a new RSA key", "public": "its public half"})
        path = wanted.key_pair
        yield Step(action="create", what="key pair", name=path, changes=changes, how="key-pair", path=path)


def _entry(entry: Entry, live: Live) -> Iterator[Step]:
    found = live.entries.get(entry.path)
    action, changes = (
        ("create", _shown(entry.wanted)) if found is None else ("change", tuple(differences(entry.wanted, found)))
    )
    if found is None or changes:
        yield Step(
            action="create" if action == "create" else "change",
            what=entry.what,
            name=shown_path(entry.path),
            changes=changes,
            path=entry.path,
            data={key: list(value) if isinstance(value, tuple) else value for key, value in entry.wanted.items()},
        )


def _shown(values: Mapping[str, Any]) -> tuple[Change, ...]:
    """What is worth reading of something new: not that everything else is off."""
    return tuple(Change(key, None, value) for key, value in values.items() if value not in (False, (), "", 0))


def differences(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[Change]:
    """What of something is not as it should be."""
    for key, value in wanted.items():
        if key not in found and key in _OF_NEWER_SERVERS:
            continue
        old = found.get(key)
        if _plain(old) != _plain(value):
            yield Change(key, _plain(old), _plain(value))


def _plain(value: Any) -> Any:
    """Values as they can be compared: order means nothing, and nothing said is nothing set."""
    if isinstance(value, list | tuple):
        return tuple(sorted(_network(str(item)) for item in value))
    return value or ()


def _network(text: str) -> str:
    """A network of one address is written as the address, by some servers."""
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        return text
    return str(network[0]) if network.num_addresses == 1 else str(network)
