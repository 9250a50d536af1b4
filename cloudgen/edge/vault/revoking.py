"""Revoking: tokens that were not used, and the secret-ids that used ones left. Doing it again finds nothing to do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cloudgen.edge.vault.accessors import destroy, looked_up, revoke, secret_ids
from cloudgen.edge.vault.client import Client
from cloudgen.edge.vault.crowd import at_once
from cloudgen.edge.vault.minting import clean_up
from cloudgen.edge.vault.records import Records
from cloudgen.vault import AppRole, Layout
from cloudgen.vault.manifest import Minted, Run
from cloudgen.vault.minting import SHARED


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """How much there was to do."""

    cut_off: Sequence[Run]
    """Runs that had been killed."""
    tokens: int
    """Tokens that were alive."""
    secret_ids: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be revoked: machines' identities, and of the manifest those tokens that `names` says yes to."""

    app_roles: Sequence[AppRole]
    names: Callable[[Run, Minted], bool]


def revoke_all(client: Client, wanted: Layout, records: Records, what: Wanted) -> Revoked:
    """Revoke. The tokens first, lest new secret-ids be made. Raises `Refused`; then it can be run again."""
    cut_off = clean_up(client, wanted, records)
    manifest = records.manifest
    left = manifest.without(what.names)
    ended = [run for run in manifest.runs if all(run.run != other.run for other in left.runs)]
    tokens = [token for run in manifest.runs for token in run.tokens if what.names(run, token)]
    alive = sum(at_once(lambda token: _ended(client, token), tokens))
    at_once(lambda run: revoke(client, run.accessor), ended)
    listed = at_once(lambda role: secret_ids(client, wanted, role.name), what.app_roles)
    pairs = [(role.name, accessor) for role, found in zip(what.app_roles, listed, strict=True) for accessor in found]
    at_once(lambda pair: destroy(client, wanted, *pair), pairs)
    if manifest.runs:
        records.store(left)
    return Revoked(cut_off=cut_off, tokens=alive, secret_ids=len(pairs))


def _ended(client: Client, token: Minted) -> bool:
    """Revoke what a token is, or wraps; whether there was anything left of it."""
    accessors = [accessor for accessor in (token.wrapped_accessor, token.accessor) if accessor]
    alive = any(looked_up(client, accessor) is not None for accessor in accessors)
    # Of a wrapped token only what is inside: its machine then says "revoked", and not "stolen".
    revoke(client, accessors[0])
    return alive


def chosen(
    roles: Sequence[AppRole], records: Records, run: str, *, everything: bool
) -> tuple[Sequence[AppRole], Callable[[Run, Minted], bool]]:
    """Of the AppRoles of chosen machines and issuers those that a run, or the manifest, speaks of; and their tokens.

    `everything` takes AppRoles that no manifest speaks of as well.
    """
    pairs = {(role.machine, role.issuer) for role in roles}
    whole = {machine: {r.issuer for r in roles if r.machine == machine} for machine, _ in pairs}

    def names(of: Run, token: Minted) -> bool:
        ours = (token.machine, token.issuer) in pairs or (token.issuer == SHARED and token.machine in whole)
        return ours and run in {"", of.run}

    runs = [of for of in records.manifest.runs if of.complete]
    spoken = {(token.machine, token.issuer) for of in runs for token in of.tokens if names(of, token)}
    if everything:
        return roles, names
    kept = [r for r in roles if (r.machine, r.issuer) in spoken or (r.machine, SHARED) in spoken]
    return kept, names
