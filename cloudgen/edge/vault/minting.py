"""Minting: a run token first, then everything else as its children; all of it, or nothing that could be used."""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Final

from cloudgen.edge.reading import refused
from cloudgen.edge.vault.accessors import destroy, looked_up, of_run, revoke, secret_ids
from cloudgen.edge.vault.client import Client, Rejected
from cloudgen.edge.vault.crowd import at_once
from cloudgen.edge.vault.records import Records
from cloudgen.edge.vault.rights import some
from cloudgen.edge.vault.watching import may
from cloudgen.report import Refused, Report, info
from cloudgen.secrets import BOOTSTRAP_TOKEN, Secret, SecretRef
from cloudgen.vault import Layout, differences, role_id_path, role_path
from cloudgen.vault.clocks import differing
from cloudgen.vault.entries import TOKEN_ROLES
from cloudgen.vault.manifest import Manifest, Minted, Run
from cloudgen.vault.minting import SHARED, Given, Grant, given, given_bare, request, run_request, time_left
from cloudgen.vault.policies import WRAPPED_SECRET_ID

_STALE: Final = "run cloudgen vault plan, then apply"
_ODD: Final = "Vault answered something else than what was asked for"


@dataclass(slots=True)
class Batch:
    """What a run minted. Unless `complete` is called, it is revoked."""

    run: Run
    records: Records
    values: dict[SecretRef, Secret] = field(default_factory=dict)
    completed: bool = False

    def complete(self) -> None:
        """The tokens are where they are meant to be. Raises `Refused`."""
        self.run = replace(self.run, complete=True)
        self.records.store(self.records.manifest.with_run(self.run))
        self.completed = True


@contextmanager
def minted(
    client: Client, wanted: Layout, todo: Sequence[Grant], records: Records, count: Callable[[int], None]
) -> Iterator[Batch]:
    """Mint, and hold what was minted until it is delivered. Raises `Refused`; then nothing of it is left usable."""
    run, maker = _begun(client, wanted)
    batch = Batch(run, records)
    try:
        records.store(records.manifest.with_run(run))
        made = at_once(lambda grant: _minted(client, maker, wanted, grant, run.run), todo, count)
        for grant, (got, text) in zip(todo, made, strict=True):
            batch.values[SecretRef(BOOTSTRAP_TOKEN, grant.machine, grant.name)] = text
            batch.run = replace(batch.run, tokens=(*batch.run.tokens, _recorded(grant, got)))
        # From here on they may be where machines get them from.
        records.store(records.manifest.with_run(batch.run))
        yield batch
    except Refused as refusal:
        told = refusal.report + _undone(client, wanted, batch)
    except BaseException:
        _undone(client, wanted, batch)
        raise
    else:
        if not batch.completed:
            _undone(client, wanted, batch)
        return
    # Outside of the handler, lest the first exception hang on as the context.
    raise Refused(told)


def preflight(client: Client, wanted: Layout, todo: Sequence[Grant]) -> Report:
    """Whether the server works, the token may do all that is needed, and the roles exist. Raises `Refused`.

    A clock that differs is returned as a warning.
    """
    may(client, wanted, "mint")
    _roles(client, wanted, todo)
    before = time.time()
    theirs = client.now()
    # Somewhere on the way there and back, and within its second.
    return Report.of(differing((before + time.time() - 1) / 2, theirs) if theirs is not None else ())


def _roles(client: Client, wanted: Layout, todo: Sequence[Grant]) -> None:
    """Roles are there; what tokens are made with is as the spec says it, so that they live and die as they should."""
    names = {wanted.run_role.name, *(grant.token_role for grant in todo)}
    token_roles = {f"{TOKEN_ROLES}/{role.name}": role for role in wanted.token_roles if role.name in names}
    paths = [*token_roles, *(role_path(wanted.prefix, role) for grant in todo for role in grant.app_roles)]
    found = dict(zip(paths, at_once(client.read, paths), strict=True))
    missing = [path for path, data in found.items() if data is None]
    if missing:
        raise refused(f"Vault does not know {some(missing)}", "run cloudgen vault apply")
    for path, role in token_roles.items():
        if any(differences(role.parameters, found[path] or {})):
            raise refused(f"{path} is not as the spec needs it", _STALE)


def _begun(client: Client, wanted: Layout) -> tuple[Run, Client]:
    """The run token: known to its manifest by its accessor, and held by this process alone."""
    name = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{secrets.token_hex(4)}"
    asked = run_request(wanted, name)
    answer = client.write(asked.path, asked.data)
    try:
        auth = answer["auth"]
        accessor, left, orphan = str(auth["accessor"]), int(auth["lease_duration"]), auth["orphan"] is True
        maker = client.with_token(Secret(str(auth["client_token"])))
    except (KeyError, TypeError, ValueError):
        raise refused(f"{_ODD}: {asked.path}", "look at VAULT_ADDR") from None
    if not orphan or time_left(wanted, left) < 0:
        revoke(client, accessor)
        message = f"a token of {asked.path} would not outlive those of the machines"
        raise refused(message, "run cloudgen vault apply; look at the server's default and longest lease")
    return Run(run=name, mode=wanted.bootstrap_mode, accessor=accessor, expires=int(time.time()) + left), maker


def _minted(client: Client, maker: Client, wanted: Layout, grant: Grant, run: str) -> tuple[Given, Secret]:
    asked = request(wanted, grant, run)
    try:
        answer = maker.write(asked.path, asked.data, wrap_ttl=asked.wrap_ttl or None)
    except Rejected as rejected:
        if rejected.status == HTTPStatus.FORBIDDEN:
            raise refused(f"the run's token may not write {asked.path}", _STALE) from None
        raise
    try:
        got = given(answer) if asked.wrap_ttl else _bare(client, answer)
        odd = asked.wrap_ttl and answer["wrap_info"].get("creation_path") != asked.path
    except (KeyError, TypeError, ValueError):
        odd = True
    if odd:
        raise refused(f"{_ODD}: {asked.path}", "look at VAULT_ADDR, and at what is between here and there")
    lines = [got.token.reveal(), str(got.expires)]
    if wanted.bootstrap_mode == WRAPPED_SECRET_ID:
        found = maker.read(role_id_path(wanted.prefix, grant.app_roles[0])) or {}
        lines.append(str(found.get("role_id")))
    return got, Secret("".join(f"{line}\n" for line in lines))


def _bare(client: Client, answer: dict[str, Any]) -> Given:
    return given_bare(answer, looked_up(client, answer["auth"]["accessor"]) or {})


def _recorded(grant: Grant, got: Given) -> Minted:
    return Minted(
        machine=grant.machine,
        issuer=grant.name,
        accessor=got.accessor,
        wrapped_accessor=got.wrapped_accessor,
        expires=got.expires,
    )


def end_run(client: Client, wanted: Layout, run: Run) -> None:
    """Revoke all that a run made and that was not used. Raises `Refused`."""
    revoke(client, run.accessor)
    if run.mode == WRAPPED_SECRET_ID:
        at_once(lambda pair: destroy(client, wanted, *pair), of_run(client, wanted, run.run))


def _undone(client: Client, wanted: Layout, batch: Batch) -> Report:
    """After a failure; what is told about it."""
    records, name = batch.records, batch.run.run
    try:
        end_run(client, wanted, batch.run)
    except Refused as refusal:
        remedy = f"run cloudgen vault revoke --manifest {records.path}; until then its tokens are held by nobody"
        return refusal.report + Report((info(f"run {name} could not be revoked", remedy=remedy),))
    # Where it cannot be forgotten, the next mint or revoke finds nothing left of it.
    with suppress(Refused):
        kept = tuple(run for run in records.manifest.runs if run.run != name)
        records.store(replace(records.manifest, runs=kept))
    return Report((info(f"run {name} is revoked, with all that it minted"),))


def clean_up(client: Client, wanted: Layout, records: Records) -> Sequence[Run]:
    """End the runs that were killed, forget them, and return them. Raises `Refused`.

    If one was killed while it delivered, nobody knows which tokens its machines would get: the older ones end as well.
    """
    killed = tuple(run for run in records.manifest.runs if not run.complete)
    for run in killed:
        end_run(client, wanted, run)
        # An older wrapped secret-id outlives its token: whoever mints next destroys it.
        doubtful = () if run.mode == WRAPPED_SECRET_ID else run.tokens
        _retire(client, records, run, {(token.machine, token.issuer) for token in doubtful})
        kept = tuple(other for other in records.manifest.runs if other.run != run.run)
        records.store(replace(records.manifest, runs=kept))
    return killed


def _retire(client: Client, records: Records, by: Run, names: set[tuple[str, str]]) -> None:
    """Revoke and forget what other runs minted for machines and issuers. Raises `Refused`."""
    machines = {machine for machine, _ in names}

    def gone(run: Run, token: Minted) -> bool:
        same = (token.machine, token.issuer) in names or (token.machine, SHARED) in names
        return run.run != by.run and (same or (token.issuer == SHARED and token.machine in machines))

    manifest = records.manifest
    left = manifest.without(gone)
    replaced = [token for run in manifest.runs for token in run.tokens if gone(run, token)]
    at_once(lambda token: revoke(client, token.wrapped_accessor or token.accessor), replaced)
    ended = {run.run for run in manifest.runs} - {run.run for run in left.runs}
    at_once(lambda run: revoke(client, run.accessor), [run for run in manifest.runs if run.run in ended])
    records.store(left)


def in_use(
    client: Client, wanted: Layout, todo: Sequence[Grant], manifest: Manifest
) -> tuple[list[tuple[str, str]], list[str]]:
    """AppRole and accessor of the secret-ids that are there before a run; and the machines that may live on them.

    Raises `Refused`.
    """
    pairs = [(grant, role) for grant in todo for role in grant.app_roles]
    listed = at_once(lambda pair: secret_ids(client, wanted, pair[1]), pairs)
    there = [(role, accessor) for (_, role), found in zip(pairs, listed, strict=True) for accessor in found]
    owners = [grant for (grant, _), found in zip(pairs, listed, strict=True) if found]
    living = {grant.machine for grant in owners if not _waits(client, manifest, grant)}
    return there, sorted(living)


def _waits(client: Client, manifest: Manifest, grant: Grant) -> bool:
    """Whether a secret-id is still wrapped, and so in nobody's use."""
    run, token = manifest.found(grant.machine, grant.name) or (None, None)
    return bool(run and token and run.mode == WRAPPED_SECRET_ID and looked_up(client, token.accessor))


def supersede(
    client: Client, wanted: Layout, batch: Batch, todo: Sequence[Grant], old: Sequence[tuple[str, str]]
) -> None:
    """What was minted or used before for the same machines and issuers is gone from now on. Raises `Refused`."""
    _retire(client, batch.records, batch.run, {(grant.machine, grant.name) for grant in todo})
    at_once(lambda pair: destroy(client, wanted, *pair), old)
