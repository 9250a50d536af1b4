"""What a cluster needed once and needs no more: of machines that are gone, of issuers that they no longer are.

A name alone tells little: somebody's `kubelet-client-worker-1` is called as one of ours. But nobody else makes a
bootstrap policy for it; so these policies tell what was cloudgen's, and go last: what is cut halfway can be completed.
"""

from collections.abc import Iterator

from cloudgen.model import LABEL
from cloudgen.pki import Issuer, every_issuer
from cloudgen.vault import naming
from cloudgen.vault.entries import POLICIES, TOKEN_ROLES, shown_path
from cloudgen.vault.layout import Layout
from cloudgen.vault.live import Live, Step


def leftovers(wanted: Layout, live: Live) -> Iterator[Step]:
    """Steps that delete it, in their order: AppRoles first, so that nobody logs in any more."""
    if _shared(wanted.prefix, live):
        return
    strays = {*live.strays}
    for what, path in dict.fromkeys(_candidates(wanted, live)):
        if path in strays:
            yield Step(action="delete", what=what, name=shown_path(path), how="delete", path=path)


def _shared(prefix: str, live: Live) -> bool:
    """Whether another cluster's policies may be called as this one's are: prefixes in other case, one in another."""
    end = naming.app_role_mount("")
    mounts = [path.removeprefix("sys/auth/") for path in live.mounts if path.startswith("sys/auth/")]
    others = {path.removesuffix(end) for path in mounts if path.endswith(end)} - {prefix}
    own = {prefix.lower(), f"{prefix}/bootstrap".lower()}
    return any(own & {other.lower(), f"{other}/bootstrap".lower()} for other in others)


def _candidates(wanted: Layout, live: Live) -> Iterator[tuple[str, str]]:
    """What each thing is, and its path."""
    prefix = wanted.prefix
    start = f"{POLICIES}/{naming.bootstrap_policy(prefix, '')}"
    names = [path.removeprefix(start) for path in live.strays if path.startswith(start)]
    issuers = [issuer for name in names for issuer in _issuers(prefix, name)]
    for issuer in issuers:
        yield "AppRole", naming.role_path(prefix, issuer.app_role)
    for path in live.strays:
        if path.startswith(f"{TOKEN_ROLES}/{wanted.token_roles_start}_") and _is_machine(path, wanted, live):
            yield "token role", path
    for issuer in issuers:
        if issuer.role:
            yield "PKI role", f"{issuer.mount}/roles/{issuer.role}"
    for issuer in issuers:
        yield "policy", f"{POLICIES}/{naming.issuer_policy(prefix, issuer.app_role)}"
    for issuer in issuers:
        yield "policy", f"{POLICIES}/{naming.bootstrap_policy(prefix, issuer.app_role)}"


def _issuers(prefix: str, app_role: str) -> Iterator[Issuer]:
    """Whose AppRole may be called so; a name can be read in two ways."""
    for machine in (app_role.removeprefix(issuer.app_role) for issuer in every_issuer(prefix, "")):
        if LABEL.fullmatch(machine):
            yield from (issuer for issuer in every_issuer(prefix, machine) if issuer.app_role == app_role)


def _is_machine(path: str, wanted: Layout, live: Live) -> bool:
    """Whether a token role makes a machine's bootstrap tokens, and no others."""
    machine = path.removeprefix(f"{TOKEN_ROLES}/{wanted.token_roles_start}_")
    own = {naming.bootstrap_policy(wanted.prefix, i.app_role) for i in every_issuer(wanted.prefix, machine)}
    allowed = {*(live.entries.get(path, {}).get("allowed_policies") or ())}
    return bool(LABEL.fullmatch(machine) and allowed) and allowed <= own
