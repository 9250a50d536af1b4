"""Policies: exact paths, in HCL."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from cloudgen.facts import Facts
from cloudgen.pki import Issuer
from cloudgen.vault import naming

WRAPPED_TOKEN: Final = "wrapped-token"  # noqa: S105 - the name of a mode
WRAPPED_SECRET_ID: Final = "wrapped-secret-id"  # noqa: S105 - the name of a mode


class Rule(NamedTuple):
    """What may be done at one path."""

    path: str
    capabilities: tuple[str, ...]
    wrapped: str = ""
    """The answer must be wrapped, for at most this long."""


def hcl(rules: Iterable[Rule]) -> str:
    """Rules as Vault reads them, each path once and in order."""
    merged: dict[str, Rule] = {}
    for rule in rules:
        before = merged.get(rule.path, rule)
        capabilities = tuple(dict.fromkeys((*before.capabilities, *rule.capabilities)))
        merged[rule.path] = Rule(rule.path, capabilities, rule.wrapped)
    return "\n".join(_block(merged[path]) for path in sorted(merged))


def _block(rule: Rule) -> str:
    capabilities = ", ".join(f'"{name}"' for name in rule.capabilities)
    lines = [f'path "{rule.path}" {{', f"  capabilities = [{capabilities}]"]
    if rule.wrapped:
        lines += ['  min_wrapping_ttl = "1s"', f'  max_wrapping_ttl = "{rule.wrapped}"']
    return "\n".join((*lines, "}\n"))


def of_issuer(prefix: str, issuer: Issuer) -> tuple[Rule, ...]:
    """What key-keeper does once it has logged in as an issuer."""
    if issuer.kv_secret:
        return (Rule(naming.key_pair_path(prefix, issuer), ("read",)),)
    if issuer.role:
        return (Rule(f"{issuer.mount}/sign/{issuer.role}", ("update",)),)
    return (Rule(f"{issuer.mount}/cert/ca_chain", ("read",)),)


def of_bootstrap(prefix: str, issuer: Issuer) -> tuple[Rule, ...]:
    """What a machine does to become an issuer."""
    return (
        Rule(naming.role_id_path(prefix, issuer.app_role), ("read",)),
        Rule(naming.secret_id_path(prefix, issuer.app_role), ("update",)),
    )


def of_run(machines: tuple[Facts, ...]) -> tuple[Rule, ...]:
    """What a run of minting does: it makes bootstrap tokens or secret-ids; where they travel wrapped, never bare."""
    first = machines[0]
    mode, prefix = first.vault.bootstrap.mode, first.pki.names.prefix
    wrapped = first.vault.bootstrap.wrap_ttl if mode in {WRAPPED_TOKEN, WRAPPED_SECRET_ID} else ""
    ending = Rule("auth/token/revoke-self", ("update",))
    if mode != WRAPPED_SECRET_ID:
        making = (Rule(naming.token_path(facts.pki.token_role), ("update",), wrapped) for facts in machines)
        return (ending, *making)
    roles = [issuer.app_role for facts in machines for issuer in facts.pki.issuers]
    return (
        ending,
        *(Rule(naming.secret_id_path(prefix, role), ("update",), wrapped) for role in roles),
        *(Rule(naming.role_id_path(prefix, role), ("read",)) for role in roles),
    )
