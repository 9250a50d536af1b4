"""Tokens and secret-ids known by their accessors: looked at, revoked, destroyed. What is gone already is no fault."""

from http import HTTPStatus
from typing import Any, Final

from cloudgen.edge.vault.client import Client, Rejected
from cloudgen.edge.vault.crowd import at_once
from cloudgen.vault import Layout, secret_id_path

_LOOKUP: Final = "auth/token/lookup-accessor"
_REVOKE: Final = "auth/token/revoke-accessor"


def looked_up(client: Client, accessor: str) -> dict[str, Any] | None:
    """What the server tells of a token; None for one that is no more. Raises `Refused`."""
    try:
        return dict(client.write(_LOOKUP, {"accessor": accessor}).get("data") or {})
    except Rejected as rejected:
        if not _means_gone(client, _LOOKUP, rejected.status):
            raise
    return None


def revoke(client: Client, accessor: str) -> None:
    """Revoke a token with all its children. Raises `Refused`."""
    try:
        client.write(_REVOKE, {"accessor": accessor})
    except Rejected as rejected:
        if not _means_gone(client, _REVOKE, rejected.status):
            raise


def _means_gone(client: Client, path: str, status: int) -> bool:
    """Servers differ in how they refuse an accessor that they do not know; a token of ours that died is refused too."""
    if status == HTTPStatus.FORBIDDEN:
        return bool({"update", "root", "sudo"} & {*client.capabilities([path]).get(path, ())})
    return status in {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}


def secret_ids(client: Client, wanted: Layout, app_role: str) -> tuple[str, ...]:
    """The accessors of an AppRole's secret-ids. Raises `Refused`."""
    return client.listing(secret_id_path(wanted.prefix, app_role))


def destroy(client: Client, wanted: Layout, app_role: str, accessor: str) -> None:
    """Destroy a secret-id. Raises `Refused`."""
    path = secret_id_path(wanted.prefix, app_role)
    try:
        client.write(f"{path}-accessor/destroy", {"secret_id_accessor": accessor})
    except Rejected:
        if accessor in client.listing(path):
            raise


def of_run(client: Client, wanted: Layout, run: str) -> list[tuple[str, str]]:
    """AppRole and accessor of every secret-id that a run made wrapped; these bear its name. Raises `Refused`."""
    roles = [role.name for role in wanted.app_roles]
    listed = at_once(lambda role: secret_ids(client, wanted, role), roles)
    pairs = [(role, accessor) for role, found in zip(roles, listed, strict=True) for accessor in found]

    def bears(pair: tuple[str, str]) -> bool:
        path = f"{secret_id_path(wanted.prefix, pair[0])}-accessor/lookup"
        try:
            told = client.write(path, {"secret_id_accessor": pair[1]}).get("data") or {}
        except Rejected:
            if pair[1] in secret_ids(client, wanted, pair[0]):
                raise
            return False
        return bool((told.get("metadata") or {}).get("run") == run)

    return [pair for pair, own in zip(pairs, at_once(bears, pairs), strict=True) if own]
