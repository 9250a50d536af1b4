"""A layout as entries: each one path that is read and written as a whole. What differs is changed back."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from cloudgen.vault import naming
from cloudgen.vault.layout import Layout, Mount
from cloudgen.vault.roles import Parameters

POLICIES: Final = "sys/policies/acl"
TOKEN_ROLES: Final = "auth/token/roles"  # noqa: S105 - a path


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something in Vault that holds parameters."""

    what: str
    path: str
    wanted: Parameters

    @property
    def folder(self) -> str:
        """What lists it among its like."""
        return POLICIES if self.path.startswith(POLICIES) else self.path.rpartition("/")[0]


def entries(wanted: Layout) -> tuple[Entry, ...]:
    """What is written to Vault beside mounts, authorities and keys, in the order in which it is."""
    return tuple(_entries(wanted))


def _entries(wanted: Layout) -> Iterator[Entry]:
    for role in wanted.pki_roles:
        yield Entry(what="PKI role", path=f"{role.mount}/roles/{role.name}", wanted=role.parameters)
    for policy in wanted.policies:
        yield Entry(what="policy", path=f"{POLICIES}/{policy.name}", wanted={"policy": policy.hcl})
    for app_role in wanted.app_roles:
        path = naming.role_path(wanted.prefix, app_role.name)
        yield Entry(what="AppRole", path=path, wanted=app_role.parameters)
    for token_role in wanted.token_roles:
        yield Entry(what="token role", path=f"{TOKEN_ROLES}/{token_role.name}", wanted=token_role.parameters)


def shown_path(path: str) -> str:
    """Where an entry is, as the user knows it."""
    return path.removeprefix(f"{POLICIES}/")


def mount_path(mount: Mount) -> str:
    """Where a mount is made; `/tune` below it changes it."""
    return f"sys/{'auth' if mount.kind == 'approle' else 'mounts'}/{mount.path}"


def mount_data(mount: Mount) -> dict[str, Any]:
    """What a mount is made of."""
    kind = mount.kind.partition("-")[0]
    more: dict[str, Any] = {"options": {"version": "2"}} if mount.kind == "kv-v2" else {}
    if mount.max_lease_seconds:
        more["config"] = {"max_lease_ttl": f"{mount.max_lease_seconds}s"}
    return {"type": kind, "description": "made by cloudgen", **more}
