"""What is minted for a cluster: one grant for each (machine, issuer), what Vault is asked for it, and what it gave."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from itertools import groupby
from typing import Any, Final

from cloudgen.report import Problem, Refused, Report
from cloudgen.secrets import Secret
from cloudgen.vault import naming
from cloudgen.vault.layout import AppRole, Layout
from cloudgen.vault.policies import WRAPPED_SECRET_ID, WRAPPED_TOKEN

SHARED: Final = "shared"
"""The mode of one token for all issuers of a machine; and the name of that token."""
_USES: Final = 2
"""Reading the role-id and making a secret-id: key-keeper's two requests, for each issuer."""
_RUN_OUTLIVES: Final = 1800
"""How long a run token outlives the last of its children at least, in seconds: minting them takes time too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one machine is given to become one issuer; in mode shared, to become any of its issuers."""

    machine: str
    name: str
    app_roles: tuple[str, ...]
    token_role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What Vault is asked; `wrap_ttl` is empty for what travels bare."""

    path: str
    data: Mapping[str, Any]
    wrap_ttl: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What Vault answered: a token, wrapped or not, and what of it is no secret."""

    token: Secret
    accessor: str
    wrapped_accessor: str
    expires: int
    """Seconds since 1970 by Vault's clock, rounded down."""


def grants(wanted: Layout, machines: Sequence[str] = (), issuers: Sequence[str] = ()) -> tuple[Grant, ...]:
    """Everything that a cluster is given, or what of it some machines or issuers are. Raises `Refused`."""
    chosen = select(wanted, machines, issuers)
    roles = {role.machine: role.name for role in wanted.token_roles}
    if wanted.bootstrap_mode != SHARED:
        return tuple(
            Grant(machine=r.machine, name=r.issuer, app_roles=(r.name,), token_role=roles[r.machine]) for r in chosen
        )
    if issuers:
        raise Refused(Report((Problem("--issuer has no meaning where issuers share a token", remedy="leave it out"),)))
    return tuple(
        Grant(machine=machine, name=SHARED, app_roles=tuple(r.name for r in own), token_role=roles[machine])
        for machine, own in groupby(chosen, key=lambda role: role.machine)
    )


def select(wanted: Layout, machines: Sequence[str] = (), issuers: Sequence[str] = ()) -> tuple[AppRole, ...]:
    """The AppRoles of some machines and issuers, of all by default. Raises `Refused` for names that nobody bears."""
    known_machines = tuple(dict.fromkeys(role.machine for role in wanted.app_roles))
    known_issuers = tuple(dict.fromkeys(role.issuer for role in wanted.app_roles))
    problems = [_unknown("machine", m, known_machines) for m in machines if m not in known_machines]
    problems += [_unknown("issuer", i, known_issuers) for i in issuers if i not in known_issuers]
    if problems:
        raise Refused(Report.of(problems))
    return tuple(
        role
        for role in wanted.app_roles
        if (not machines or role.machine in machines) and (not issuers or role.issuer in issuers)
    )


def _unknown(what: str, name: str, known: tuple[str, ...]) -> Problem:
    close = get_close_matches(name, known, 1)
    return Problem(
        f"no {what} is named {name}", remedy=f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
    )


def run_request(wanted: Layout, run: str) -> Request:
    """The token that makes all others of a run, and takes them with it when it is revoked."""
    most = next(int(str(role.parameters["token_explicit_max_ttl"])) for role in wanted.token_roles if not role.machine)
    data = {
        "policies": [naming.run_policy(wanted.prefix)],
        "ttl": f"{most}s",
        "explicit_max_ttl": f"{most}s",
        "renewable": False,
        "no_default_policy": True,
        "display_name": "cloudgen-run",
        "meta": {"cluster": wanted.cluster, "run": run},
    }
    return Request(path=naming.token_path(wanted.run_role.name), data=data, wrap_ttl="")


def time_left(wanted: Layout, run_ttl: int) -> int:
    """Seconds that a run token outlives a child that is made now; a role or a mount may have shortened its life."""
    return run_ttl - wanted.token_seconds - _RUN_OUTLIVES


def request(wanted: Layout, grant: Grant, run: str) -> Request:
    """What Vault is asked for a grant."""
    meta = {"cluster": wanted.cluster, "machine": grant.machine, "issuer": grant.name, "run": run}
    wrap = f"{wanted.wrap_seconds}s"
    if wanted.bootstrap_mode == WRAPPED_SECRET_ID:
        path = naming.secret_id_path(wanted.prefix, grant.app_roles[0])
        return Request(path=path, data={"metadata": json.dumps(meta)}, wrap_ttl=wrap)
    ttl = f"{wanted.token_seconds}s"
    data = {
        "policies": [naming.bootstrap_policy(wanted.prefix, role) for role in grant.app_roles],
        "num_uses": _USES * len(grant.app_roles),
        "ttl": ttl,
        "explicit_max_ttl": ttl,
        "renewable": False,
        "no_default_policy": True,
        "display_name": f"cloudgen-{grant.machine}",
        "meta": meta,
    }
    wrapped = wanted.bootstrap_mode == WRAPPED_TOKEN
    return Request(path=naming.token_path(grant.token_role), data=data, wrap_ttl=wrap if wrapped else "")


def given(answer: Mapping[str, Any]) -> Given:
    """A wrapped answer. Raises `ValueError` for what no server of that kind says."""
    info = answer.get("wrap_info")
    if not isinstance(info, Mapping):
        message = "the answer is not wrapped"
        raise ValueError(message)  # noqa: TRY004 - it is the server's word, not a type of ours
    return Given(
        token=Secret(str(info["token"])),
        accessor=str(info["accessor"]),
        wrapped_accessor=str(info.get("wrapped_accessor") or ""),
        expires=epoch(str(info["creation_time"])) + int(info["ttl"]),
    )


def given_bare(answer: Mapping[str, Any], told: Mapping[str, Any]) -> Given:
    """A token that travels as it is, and what the server tells about its accessor."""
    auth = answer["auth"]
    return Given(
        token=Secret(str(auth["client_token"])),
        accessor=str(auth["accessor"]),
        wrapped_accessor="",
        expires=int(told["creation_time"]) + int(told["creation_ttl"]),
    )


def epoch(text: str) -> int:
    """Whole seconds since 1970, rounded down, of a moment as Vault writes it."""
    return math.floor(datetime.fromisoformat(text).timestamp())
