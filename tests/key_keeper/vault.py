"""Vault over HTTP, as its Go client does it: VAULT_CACERT and VAULT_NAMESPACE of the environment count."""

import http.client
import json
import os
import ssl
import urllib.error
import urllib.request
from typing import Any, Final

from tests.key_keeper.config import Auth

_PATIENCE: Final = 10


class VaultError(Exception):
    """No answer, or one that says no."""


class Client:
    """A server, without a token of its own."""

    def __init__(self, server: str, auth: Auth) -> None:
        self._server = server.rstrip("/")
        # `tlsInsecure` only skips loading the CA: verification stays on.
        bundle = auth.ca_bundle if not auth.tls_insecure else ""
        try:
            self._tls = ssl.create_default_context(cafile=bundle or os.environ.get("VAULT_CACERT") or None)
        except OSError as fault:
            raise VaultError(f"error loading CA File: {bundle}: {fault}") from None

    def call(self, method: str, path: str, token: str = "", body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The decoded answer. Raises `VaultError`."""
        namespace = os.environ.get("VAULT_NAMESPACE")
        headers = {"X-Vault-Token": token} | ({"X-Vault-Namespace": namespace} if namespace else {})
        data = None if body is None else json.dumps(body).encode()
        url = f"{self._server}/v1/{path}"
        try:
            request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - the configured server
            with urllib.request.urlopen(request, timeout=_PATIENCE, context=self._tls) as answer:  # noqa: S310
                return dict(json.loads(answer.read()))
        except urllib.error.HTTPError as fault:
            with fault:
                raise VaultError(f"Error making API request. URL: {method} {url} Code: {fault.code}.") from None
        except (OSError, http.client.HTTPException, ValueError) as fault:
            raise VaultError(f"{method} {url}: {getattr(fault, 'reason', fault)}") from None
