"""Revoking: tokens that were not used, and the secret-ids that used ones left. Doing it again finds nothing to do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cloudgen.edge.vault.accessors import destroy, looked_up, revoke, secret_ids
from cloudgen.edge.vault.client import Client
from cloudgen.edge.vault.crowd import at_once
from cloudgen.edge.vault.minting import clean_up
from cloudgen.edge.vault.records import Records
from cloudgen.vault import AppRole, Layout
from cloudgen.vault.manifest import Manifest, Minted, Run, tokens_of
from cloudgen.vault.minting import SHARED, select
from cloudgen.vault.states import stranger


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
    wanted: Layout, manifest: Manifest, run: str, machines: Sequence[str], issuers: Sequence[str]
) -> tuple[Wanted, Sequence[str]]:
    """What is to be revoked of some machines and issuers, of all by default; and whom the spec does not name.

    Of the manifest, or of one run in it; without a run, machines and issuers that are named lose what no manifest
    speaks of as well. A name that the manifest alone bears is one, too: the spec may have changed since. Raises
    `Refused` for others.
    """

    def names(of: Run, token: Minted) -> bool:
        machine = not machines or token.machine in machines
        return machine and (not issuers or token.issuer in {*issuers, SHARED}) and run in {"", of.run}

    minted = [(of, token) for of, token in tokens_of(manifest.runs) if of.complete]
    roles = _known(wanted, machines, issuers, [token for _, token in minted])
    spoken = {(token.machine, token.issuer) for of, token in minted if names(of, token)}
    gone = sorted({stranger(wanted, *identity) for identity in spoken} - {""})
    if run or not (machines or issuers):
        roles = [r for r in roles if (r.machine, r.issuer) in spoken or (r.machine, SHARED) in spoken]
    return Wanted(app_roles=roles, names=names), gone


def _known(
    wanted: Layout, machines: Sequence[str], issuers: Sequence[str], minted: Sequence[Minted]
) -> Sequence[AppRole]:
    """The AppRoles that names speak of; for names that only a manifest bears there are none."""
    there = {role.machine for role in wanted.app_roles}, {role.issuer for role in wanted.app_roles}
    old = {token.machine for token in minted} - there[0], {token.issuer for token in minted} - there[1]
    left = [m for m in machines if m not in old[0]], [i for i in issuers if i not in old[1]]
    if (machines and not left[0]) or (issuers and not left[1]):
        return ()
    return select(wanted, *left)
