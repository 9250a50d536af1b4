"""The least policy for each thing that cloudgen does with Vault."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal

from cloudgen.vault import naming
from cloudgen.vault.entries import POLICIES, TOKEN_ROLES, entries, mount_path
from cloudgen.vault.layout import Layout
from cloudgen.vault.policies import Rule, hcl

Purpose = Literal["apply", "prune", "mint", "status", "revoke"]
PURPOSES: Final[tuple[Purpose, ...]] = ("apply", "prune", "mint", "status", "revoke")

_ALWAYS: Final = (
    Rule("auth/token/lookup-self", ("read",)),
    Rule("sys/capabilities-self", ("update",)),
)
_READING: Final = frozenset({"read", "list"})


def least_policy(wanted: Layout, purpose: Purpose) -> str:
    """What a token must be allowed to do, and nothing more, in HCL."""
    return hcl(least_rules(wanted, purpose))


def least_rules(wanted: Layout, purpose: Purpose) -> tuple[Rule, ...]:
    """The same as rules."""
    match purpose:
        case "apply":
            return (*_ALWAYS, *_apply(wanted))
        case "prune":
            return (*_ALWAYS, *_apply(wanted), *_prune(wanted))
        case "mint":
            return (*_ALWAYS, *_mint(wanted), *_status(wanted), *_revoke(wanted))
        case "status":
            return (*_ALWAYS, *_status(wanted))
        case "revoke":
            return (*_ALWAYS, *_status(wanted), *_revoke(wanted))


def lacking(rules: Iterable[Rule], held: Mapping[str, Iterable[str]], *, reading: bool = False) -> Iterator[Rule]:
    """What of the rules a token may not do; for `reading`, only what looks and changes nothing."""
    for rule in rules:
        has = set(held.get(rule.path, rule.capabilities))
        needed = [name for name in rule.capabilities if name in _READING or not reading]
        missing = tuple(name for name in needed if name not in has and "root" not in has)
        if missing:
            yield Rule(rule.path, missing)


def _apply(wanted: Layout) -> Iterator[Rule]:
    yield Rule("sys/mounts", ("read",))
    yield Rule("sys/auth", ("read",))
    for mount in wanted.mounts:
        # Vault asks for sudo wherever an auth method is mounted.
        sudo = ("sudo",) if mount.kind == "approle" else ()
        yield Rule(mount_path(mount), ("update", *sudo))
        if mount.max_lease_seconds:
            yield Rule(f"{mount_path(mount)}/tune", ("update",))
    for authority in wanted.authorities:
        yield from _authority(authority.mount, self_signed=authority.mode == "self-signed")
    if wanted.authorities_mode == "root":
        yield Rule(f"{naming.root_mount(wanted.prefix)}/root/sign-intermediate", ("update",))
    for entry in entries(wanted):
        yield Rule(entry.folder, ("list",))
        # Only some paths tell creating from updating.
        create = ("create",) if entry.path.startswith("auth/") else ()
        yield Rule(entry.path, (*create, "read", "update"))
    yield Rule(_machines(wanted), ("read",))
    yield Rule(wanted.key_pair, ("create",))
    yield Rule(keys_of(wanted.key_pair), ("read",))


def _prune(wanted: Layout) -> Iterator[Rule]:
    """A + is one part of a path; what the spec needs has rules of its own, without deleting, and these win."""
    yield Rule(naming.role_path(wanted.prefix, "+"), ("delete",))
    yield Rule(_machines(wanted), ("delete",))
    for mount in dict.fromkeys(role.mount for role in wanted.pki_roles):
        yield Rule(f"{mount}/roles/+", ("delete",))
    for name in (naming.issuer_policy, naming.bootstrap_policy):
        yield Rule(f"{POLICIES}/{name(wanted.prefix, '+')}", ("delete",))


def _machines(wanted: Layout) -> str:
    """Token roles of whatever machines the cluster may have had."""
    return f"{TOKEN_ROLES}/{wanted.token_roles_start}_*"


def _authority(mount: str, *, self_signed: bool) -> Iterator[Rule]:
    if self_signed:
        yield Rule(f"{mount}/root/generate/internal", ("update",))
        return
    yield Rule(f"{mount}/keys", ("list",))
    for path in ("generate/internal", "generate/existing", "set-signed"):
        yield Rule(f"{mount}/intermediate/{path}", ("update",))


def keys_of(secret: str) -> str:
    """Where the names of a KV secret's fields are read, without what they hold."""
    return secret.replace("/data/", "/subkeys/")


def _mint(wanted: Layout) -> Iterator[Rule]:
    yield Rule(naming.token_path(wanted.run_role.name), ("update",))
    for token_role in wanted.token_roles:
        yield Rule(f"{TOKEN_ROLES}/{token_role.name}", ("read",))
    for app_role in wanted.app_roles:
        yield Rule(naming.role_path(wanted.prefix, app_role.name), ("read",))


def _status(wanted: Layout) -> Iterator[Rule]:
    yield Rule("auth/token/lookup-accessor", ("update",))
    for app_role in wanted.app_roles:
        yield Rule(naming.secret_id_path(wanted.prefix, app_role.name), ("list",))


def _revoke(wanted: Layout) -> Iterator[Rule]:
    yield Rule("auth/token/revoke-accessor", ("update",))
    for app_role in wanted.app_roles:
        path = naming.secret_id_path(wanted.prefix, app_role.name)
        # Whose they are: a run that was killed may have made secret-ids.
        yield Rule(f"{path}-accessor/lookup", ("update",))
        yield Rule(f"{path}-accessor/destroy", ("create", "update"))
