"""Where Vault is for this machine and for the masters: what is told when that differs."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from cloudgen.report import Problem, warning

_PORTS: Final = {"http": 80, "https": 443}


def elsewhere(minted_at: str, unwrapped_at: str) -> Iterator[Problem]:
    """Tokens are known to the server that made them alone; it may have two names, so that this is no error."""
    ours, theirs = _plain(minted_at), _plain(unwrapped_at)
    if ours and theirs and ours != theirs:
        message = f"machines unwrap their tokens at {theirs}, and VAULT_ADDR names {ours}"
        remedy = "unset VAULT_ADDR or mend vault.server, unless both are names of one Vault"
        yield warning(message, ("vault", "server"), remedy)


def outside(namespace: str | None, told: str | None) -> Iterator[Problem]:
    """A namespace of the environment that machines do not know: they look for their AppRoles in the root's."""
    if namespace and not told:
        message = f"machines unwrap their tokens in no namespace, and VAULT_NAMESPACE names {namespace}"
        yield warning(message, ("vault",), f"write namespace: {namespace} there, or unset VAULT_NAMESPACE")


def _plain(address: str) -> str:
    """Scheme, host, port and path as everybody writes them, without a password; nothing where it is no address."""
    try:
        parts = urlsplit(address)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return ""
    host = (parts.hostname or "").rstrip(".")
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port}{parts.path.rstrip('/')}"
