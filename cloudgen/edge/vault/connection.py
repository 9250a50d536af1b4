"""How Vault is reached: the usual environment, the token file, and what the spec says where these are silent."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cloudgen.edge.reading import cannot, refused
from cloudgen.secrets import Secret
from cloudgen.sections import Vault

_TOKEN_FILE: Final = ".vault-token"  # noqa: S105 - a file's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A server and a token for it."""

    address: str
    token: Secret
    ca_cert: str | None = None
    """PEM file of the authority that signed the server's certificate."""
    namespace: str | None = None


def connection(settings: Vault, folder: Path, environment: Mapping[str, str] = os.environ) -> Connection:
    """The connection for a spec in a folder. Raises `Refused`."""
    namespace = environment.get("VAULT_NAMESPACE", "").strip("/")
    if namespace and settings.namespace and namespace != settings.namespace.strip("/"):
        message = f"VAULT_NAMESPACE is {namespace}, and the spec says {settings.namespace}"
        raise refused(message, "unset VAULT_NAMESPACE, or mend it")
    own_ca = str(folder / settings.ca_cert.name) if settings.ca_cert else None
    return Connection(
        address=(environment.get("VAULT_ADDR") or settings.server).rstrip("/"),
        token=_token(environment),
        ca_cert=environment.get("VAULT_CACERT") or own_ca,
        namespace=namespace or settings.namespace,
    )


def _token(environment: Mapping[str, str]) -> Secret:
    text = environment.get("VAULT_TOKEN", "").strip() or _from_file(environment)
    if not text:
        raise refused("there is no Vault token", "set VAULT_TOKEN, or log in: vault login, or bao login")
    if not text.isascii() or not text.isprintable():
        raise refused("the Vault token holds characters that no token has", "look at VAULT_TOKEN, or log in again")
    return Secret(text)


def _from_file(environment: Mapping[str, str]) -> str:
    home = environment.get("HOME")
    if not home:
        return ""
    path = Path(home) / _TOKEN_FILE
    try:
        return path.read_text("utf-8").strip()
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        raise refused(f"{path} holds no token", "log in again") from None
    except OSError as fault:
        raise cannot("read", path, fault) from None
