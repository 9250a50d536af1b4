"""What a server holds of a layout: read, never changed; of the key pair, only its fields' names."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from cloudgen.edge.reading import refused
from cloudgen.edge.vault.certificates import certificates
from cloudgen.edge.vault.client import Client
from cloudgen.edge.vault.rights import must_hold
from cloudgen.vault import (
    Entry,
    Layout,
    Live,
    LiveCertificate,
    LiveMount,
    Rule,
    Step,
    bootstrap_policy,
    entries,
    least_rules,
)
from cloudgen.vault.entries import POLICIES, TOKEN_ROLES, mount_path
from cloudgen.vault.needs import keys_of

_AT_ONCE: Final = 8
_MOUNTS: Final = ("sys/mounts", "sys/auth")


def preflight(client: Client, wanted: Layout, *, reading: bool) -> None:
    """Whether the server works and the token may do what is needed, before anything is done. Raises `Refused`."""
    client.check()
    rules = [rule for rule in least_rules(wanted, "apply") if "*" not in rule.path]
    must_hold(client, rules, "apply", reading=reading)


def may_delete(client: Client, steps: Iterable[Step]) -> None:
    """Whether the token may delete what is to be deleted. Raises `Refused`."""
    must_hold(client, [Rule(step.path, ("delete",)) for step in steps if step.how == "delete"], "prune")


def read_live(client: Client, wanted: Layout, progress: Callable[[str], None] = lambda _: None) -> Live:
    """The part of a server that a layout speaks of. Raises `Refused`."""
    mounts = dict(_mounts(client))
    pki = [a.mount for a in wanted.authorities if f"sys/mounts/{a.mount}" in mounts]
    there = [entry for entry in entries(wanted) if _reachable(entry, wanted, mounts)]
    names = {folder: client.listing(folder) for folder in dict.fromkeys(entry.folder for entry in there)}
    known = [entry for entry in there if entry.path.removeprefix(f"{entry.folder}/") in names[entry.folder]]
    keyed = any(mount_path(m) in mounts for m in wanted.mounts if m.kind == "kv-v2")
    progress(f"reading {len(known)} entries")
    beside = tuple(_beside(wanted, mounts, names))
    roles = [path for path in beside if path.startswith(TOKEN_ROLES)]
    found = dict(_entries(client, [*(entry.path for entry in known), *roles]))
    return Live(
        mounts=mounts,
        chains={mount: chain_of(client, mount) for mount in pki},
        entries=found,
        key_pair=_key_pair(client, wanted.key_pair) if keyed else None,
        strays=tuple(path for path in beside if path not in roles or _mints(found.get(path, {}), wanted)),
    )


def chain_of(client: Client, mount: str) -> tuple[LiveCertificate, ...]:
    """The authority's certificates, as key-keeper gets them; none where there is no authority. Raises `Refused`."""
    if not client.listing(f"{mount}/issuers"):
        return ()
    data = client.read(f"{mount}/cert/ca_chain") or {}
    pem = data.get("ca_chain") or data.get("certificate") or ""
    return certificates("\n".join(pem) if isinstance(pem, list) else str(pem))


def _mounts(client: Client) -> Iterator[tuple[str, LiveMount]]:
    for root in _MOUNTS:
        found = client.read(root)
        if found is None:
            where = f" in namespace {client.namespace}" if client.namespace else ""
            raise refused(f"Vault at {client.address} knows no {root}{where}", "make the namespace, or mend its name")
        for path, told in found.items():
            config, options = told.get("config") or {}, told.get("options") or {}
            yield (
                f"{root}/{path.rstrip('/')}",
                LiveMount(
                    kind=str(told.get("type")),
                    version=str(options.get("version", "")),
                    max_lease_seconds=int(config.get("max_lease_ttl", 0)),
                ),
            )


def _reachable(entry: Entry, wanted: Layout, mounts: dict[str, LiveMount]) -> bool:
    """Whether what holds an entry exists."""
    below = [mount for mount in wanted.mounts if entry.path.removeprefix("auth/").startswith(f"{mount.path}/")]
    return all(mount_path(mount) in mounts for mount in below)


def _entries(client: Client, paths: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for path, found in zip(paths, pool.map(client.read, paths), strict=True):
            if found is not None:
                yield path, found


def _key_pair(client: Client, path: str) -> frozenset[str] | None:
    found = client.read(keys_of(path))
    return None if found is None else frozenset(found.get("subkeys") or ())


def _beside(wanted: Layout, mounts: Mapping[str, LiveMount], names: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """What lies below the cluster's own paths and is not the layout's; of token roles, what is called so."""
    ours = {entry.path for entry in entries(wanted)} | {mount_path(mount) for mount in wanted.mounts}
    for path in mounts:
        if path.partition("/")[2].partition("/")[2].startswith(f"{wanted.prefix}/") and path not in ours:
            yield path
    starts = {POLICIES: f"{wanted.prefix}/".lower(), TOKEN_ROLES: f"{wanted.token_roles_start}_"}
    for folder, listed in names.items():
        for name in listed:
            path = f"{folder}/{name}"
            if path not in ours and name.startswith(starts.get(folder, "")):
                yield path


def _mints(token_role: Mapping[str, Any], wanted: Layout) -> bool:
    """Whether a token role makes bootstrap tokens of the cluster: another's may have its name."""
    start = bootstrap_policy(wanted.prefix, "")
    return any(policy.startswith(start) for policy in token_role.get("allowed_policies") or ())
