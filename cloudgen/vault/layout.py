"""What a Vault server must hold for a cluster, derived from the spec and the PKI catalogue of each machine."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, groupby
from typing import Final, Literal

from cloudgen.facts import Facts
from cloudgen.generate import machine_facts
from cloudgen.model import seconds
from cloudgen.pki import Certificate
from cloudgen.spec import Spec
from cloudgen.vault import naming, policies, roles, tokens
from cloudgen.vault.roles import Parameters

Mode = Literal["self-signed", "root", "external"]

LOGIN_SECONDS: Final = 24 * 3600
"""key-keeper logs in again at half of it, and spins when it cannot: an outage of Vault must fit into the other half."""
_ROOT_OUTLIVES: Final = 365 * 24 * 3600
_MINTING: Final = 3600
"""How long a run token outlives the tokens that it makes: they end with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """An engine at its path."""

    path: str
    kind: Literal["pki", "kv-v2", "approle"]
    max_lease_seconds: int = 0
    """0 leaves it to the server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A certificate authority, which is made once and never replaced."""

    mount: str
    common_name: str
    ttl_seconds: int
    mode: Mode
    """Signed by itself, by the root of its cluster, or by somebody outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PkiRole:
    """What an issuer may have signed."""

    mount: str
    name: str
    parameters: Parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a token may do."""

    name: str
    hcl: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AppRole:
    """The lasting identity of one issuer on one machine."""

    mount: str
    name: str
    machine: str
    issuer: str
    parameters: Parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRole:
    """What makes tokens; `machine` is empty for the run token's."""

    name: str
    machine: str
    parameters: Parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Everything of one cluster, in the order in which it is made."""

    cluster: str
    prefix: str
    token_roles_start: str
    """What the names of its token roles begin with."""
    authorities_mode: Mode
    bootstrap_mode: str
    wrap_seconds: int
    token_seconds: int
    """`explicit_max_ttl` of a bootstrap token: it runs while the token is wrapped."""
    leaf_seconds: int
    """The longest lifetime of a leaf certificate."""
    mounts: tuple[Mount, ...]
    authorities: tuple[Authority, ...]
    pki_roles: tuple[PkiRole, ...]
    policies: tuple[Policy, ...]
    app_roles: tuple[AppRole, ...]
    token_roles: tuple[TokenRole, ...]
    key_pair: str
    """Path of the service-account key pair in the KV store."""

    @property
    def run_role(self) -> TokenRole:
        """The token role of the run token."""
        return self.token_roles[0]


def layout(spec: Spec) -> Layout:
    """What the Vault server must hold for a cluster."""
    machines = tuple(machine_facts(spec, master.name) for master in spec.masters)
    first, settings = machines[0], spec.vault
    prefix, wrap = first.pki.names.prefix, seconds(settings.bootstrap.wrap_ttl)
    token_seconds = wrap + seconds(settings.bootstrap.boot_margin)
    leaves = [c for facts in machines for c in facts.pki.certificates]
    key_issuer = next(issuer for issuer in first.pki.issuers if issuer.kv_secret)
    return Layout(
        cluster=spec.cluster_name,
        prefix=prefix,
        token_roles_start=first.pki.names.token_roles,
        authorities_mode=settings.authorities.mode,
        bootstrap_mode=settings.bootstrap.mode,
        wrap_seconds=wrap,
        token_seconds=token_seconds,
        leaf_seconds=max(seconds(c.ttl) for c in leaves),
        mounts=tuple(_mounts(first)),
        authorities=tuple(_authorities(first)),
        pki_roles=tuple(_pki_roles(machines)),
        policies=tuple(_policies(machines)),
        app_roles=tuple(chain.from_iterable(map(_app_roles, machines))),
        token_roles=tuple(_token_roles(machines, token_seconds)),
        key_pair=naming.key_pair_path(prefix, key_issuer),
    )


def _mounts(facts: Facts) -> Iterator[Mount]:
    prefix = facts.pki.names.prefix
    for authority in _authorities(facts):
        yield Mount(path=authority.mount, kind="pki", max_lease_seconds=authority.ttl_seconds)
    yield Mount(path=naming.kv_mount(prefix), kind="kv-v2")
    yield Mount(path=naming.app_role_mount(prefix), kind="approle")


def _authorities(facts: Facts) -> Iterator[Authority]:
    chosen = facts.vault.authorities
    ttl = seconds(chosen.ttl)
    if chosen.mode == "root":
        mount = naming.root_mount(facts.pki.names.prefix)
        name = chosen.title(facts.cluster, "root-ca")
        yield Authority(mount=mount, common_name=name, ttl_seconds=ttl + _ROOT_OUTLIVES, mode="self-signed")
    for authority in facts.pki.authorities:
        name = chosen.title(facts.cluster, authority.name)
        yield Authority(mount=authority.mount, common_name=name, ttl_seconds=ttl, mode=chosen.mode)


def _pki_roles(machines: tuple[Facts, ...]) -> Iterator[PkiRole]:
    """Roles that machines share allow what any of them needs."""
    certificates: dict[tuple[str, str], list[tuple[Certificate, Facts]]] = {}
    for facts in machines:
        for issuer in facts.pki.issuers:
            if issuer.role and issuer.mount:
                wanted = [(c, facts) for c in facts.pki.certificates if c.issuer == issuer.name]
                certificates.setdefault((issuer.mount, issuer.role), []).extend(wanted)
    for (mount, name), wanted in certificates.items():
        yield PkiRole(mount=mount, name=name, parameters=roles.parameters(wanted))


def _policies(machines: tuple[Facts, ...]) -> Iterator[Policy]:
    for facts in machines:
        prefix = facts.pki.names.prefix
        for issuer in facts.pki.issuers:
            rules = policies.of_issuer(prefix, issuer)
            yield Policy(name=naming.issuer_policy(prefix, issuer.app_role), hcl=policies.hcl(rules))
            rules = policies.of_bootstrap(prefix, issuer)
            yield Policy(name=naming.bootstrap_policy(prefix, issuer.app_role), hcl=policies.hcl(rules))
    yield Policy(name=naming.run_policy(prefix), hcl=policies.hcl(policies.of_run(machines)))


def _app_roles(facts: Facts) -> Iterator[AppRole]:
    prefix = facts.pki.names.prefix
    for issuer in facts.pki.issuers:
        yield AppRole(
            mount=naming.app_role_mount(prefix),
            name=issuer.app_role,
            machine=facts.machine.name,
            issuer=issuer.name,
            parameters=tokens.of_logins(naming.issuer_policy(prefix, issuer.app_role), LOGIN_SECONDS),
        )


def _token_roles(machines: tuple[Facts, ...], token_seconds: int) -> Iterator[TokenRole]:
    first = machines[0]
    prefix = first.pki.names.prefix
    run = naming.run_token_role(first.pki.names.token_roles)
    allowed: tuple[str, ...] = (naming.run_policy(prefix),)
    yield TokenRole(
        name=run, machine="", parameters=tokens.of_role(allowed, token_seconds + _MINTING, orphan=True, bound=())
    )
    for facts in machines:
        allowed = tuple(naming.bootstrap_policy(prefix, issuer.app_role) for issuer in facts.pki.issuers)
        parameters = tokens.of_role(allowed, token_seconds, orphan=False, bound=_bound(facts))
        yield TokenRole(name=facts.pki.token_role, machine=facts.machine.name, parameters=parameters)


def _bound(facts: Facts) -> tuple[str, ...]:
    if facts.vault.bound_cidrs == ("address",):
        return (facts.machine.address,) if facts.machine.address else ()
    return facts.vault.bound_cidrs


def clashes(wanted: Layout) -> Mapping[str, int]:
    """Names that two machines or issuers would share, and how many would."""
    names = sorted(
        [f"AppRole {role.name}" for role in wanted.app_roles]
        + [f"token role {role.name}" for role in wanted.token_roles]
        + [f"policy {policy.name}" for policy in wanted.policies]
    )
    counted = {name: len(list(same)) for name, same in groupby(names)}
    return {name: count for name, count in counted.items() if count > 1}
