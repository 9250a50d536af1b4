"""How Vault is reached: the usual environment, the token file, and what the spec says where these are silent."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cloudgen.edge.reading import cannot, refused
from cloudgen.model import seconds
from cloudgen.secrets import Secret
from cloudgen.sections import Vault

_TOKEN_FILE: Final = ".vault-token"  # noqa: S105 - a file's name
_ADDRESS: Final = re.compile(r"https?://[^/\s]+(/\S*)?", re.IGNORECASE)
_NUMBER: Final = re.compile(r"([0-9]+)(ms)?")
_PATIENCE: Final = 30
"""Seconds to wait for an answer."""
_RETRIES: Final = 3
_MOST_RETRIES: Final = 10
_LONGEST_PAUSE: Final = 8.0


def pauses(retries: int) -> tuple[float, ...]:
    """Seconds to wait before each further try."""
    return tuple(min(0.5 * 2**n, _LONGEST_PAUSE) for n in range(retries))


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A server and a token for it."""

    address: str
    token: Secret
    ca_cert: str | None = None
    """PEM file of the authority that signed the server's certificate."""
    namespace: str | None = None
    patience: float = _PATIENCE
    """Seconds to wait for an answer."""
    pauses: tuple[float, ...] = pauses(_RETRIES)
    """Seconds to wait before asking a busy server again, and again."""


def connection(settings: Vault, folder: Path, environment: Mapping[str, str] = os.environ) -> Connection:
    """The connection for a spec in a folder. Raises `Refused`."""
    namespace = environment.get("VAULT_NAMESPACE", "").strip("/")
    if namespace and settings.namespace and namespace != settings.namespace.strip("/"):
        message = f"VAULT_NAMESPACE is {namespace}, and the spec says {settings.namespace}"
        raise refused(message, "unset VAULT_NAMESPACE, or mend it")
    own_ca = str(folder / settings.ca_cert.name) if settings.ca_cert else None
    address = environment.get("VAULT_ADDR") or settings.server
    if not _ADDRESS.fullmatch(address):
        raise refused(f"VAULT_ADDR is {address[:80]!r}", "write it like https://vault.example.org:8200")
    return Connection(
        address=address.rstrip("/"),
        token=_token(environment),
        ca_cert=environment.get("VAULT_CACERT") or own_ca,
        namespace=namespace or settings.namespace,
        patience=_patience(environment.get("VAULT_CLIENT_TIMEOUT", "")),
        pauses=pauses(_retries(environment.get("VAULT_MAX_RETRIES", ""))),
    )


def _patience(text: str) -> float:
    if not text:
        return _PATIENCE
    number = _NUMBER.fullmatch(text)
    patience = int(number[1]) / (1000 if number[2] else 1) if number else seconds(text)
    if not patience:
        raise refused(f"VAULT_CLIENT_TIMEOUT is {text[:80]!r}", "write it like 60, 60s or 2m")
    return patience


def _retries(text: str) -> int:
    if not text:
        return _RETRIES
    if not (text.isascii() and text.isdigit() and int(text) <= _MOST_RETRIES):
        raise refused(f"VAULT_MAX_RETRIES is {text[:80]!r}", f"write a number from 0 to {_MOST_RETRIES}")
    return int(text)


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
