"""A Vault server: reading, listing, writing, bounded in time and patience; every fault is a sentence without a token.

Answers that a server refuses to give at once (429, 503) are asked for again; what may have been done already is not.
"""

import time
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final

import hvac.adapters
import requests

from cloudgen.edge.vault import faults
from cloudgen.edge.vault.connection import Connection
from cloudgen.report import Refused, Report
from cloudgen.secrets import Secret

_CONNECT: Final = 5
"""Seconds to connect."""
_HEALTH: Final = "sys/health?standbyok=true&perfstandbyok=true"
_BUSY: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


class Rejected(Refused):
    """An answer that is a refusal, and its status: what it means may depend on what was asked for."""

    def __init__(self, report: Report, status: int) -> None:
        super().__init__(report)
        self.status = status


def _adapter(
    to: Connection, session: requests.Session, token: str | None = None, namespace: str | None = None
) -> hvac.adapters.RawAdapter:
    return hvac.adapters.RawAdapter(
        base_uri=to.address,
        token=token,
        timeout=(min(_CONNECT, to.patience), to.patience),
        # A redirect would carry the token to wherever it points.
        allow_redirects=False,
        session=session,
        namespace=namespace,
    )


def _left(response: requests.Response) -> dict[str, Any] | None:
    """What a KV store still tells of something that was deleted; else nothing."""
    try:
        answer = response.json()
    except ValueError:
        return None
    return answer if isinstance(answer, dict) and answer.get("data") else None


class Client:
    """A connection, and a token that is in no print."""

    def __init__(self, to: Connection) -> None:
        self._to = to
        session = requests.Session()
        # hvac lets the session's own choice win.
        session.verify = to.ca_cert or True
        self._adapter = _adapter(to, session, to.token.reveal(), to.namespace)
        # A server's health belongs to no namespace, and needs no token.
        self._bare = _adapter(to, session)

    def __repr__(self) -> str:
        return f"Client({self._to.address})"

    @property
    def address(self) -> str:
        """The server."""
        return self._to.address

    @property
    def namespace(self) -> str | None:
        """The namespace, if it is not the root."""
        return self._to.namespace

    @property
    def token(self) -> Secret:
        """The token."""
        return self._to.token

    def with_token(self, token: Secret) -> "Client":
        """The same server with another token."""
        return Client(replace(self._to, token=token))

    def read(self, path: str) -> dict[str, Any] | None:
        """The data at a path; None where there is nothing. Raises `Refused`."""
        answer = self._answer("get", path)
        return None if answer is None else dict(answer.get("data") or {})

    def listing(self, path: str) -> tuple[str, ...]:
        """The names at a path, sorted; none where there is no such path. Raises `Refused`."""
        answer = self._answer("list", path)
        return tuple(sorted((answer or {}).get("data", {}).get("keys") or ()))

    def write(self, path: str, data: Mapping[str, Any] | None = None, *, wrap_ttl: str | None = None) -> dict[str, Any]:
        """Write to a path; the whole answer, with its `data`, `auth` or `wrap_info`. Raises `Refused`."""
        answer = self._answer("post", path, data or {}, wrap_ttl)
        if answer is None:
            raise Refused(Report((faults.unknown_path(path),)))
        return answer

    def delete(self, path: str) -> None:
        """Delete what is at a path; what is gone already is no fault. Raises `Refused`."""
        self._answer("delete", path)

    def check(self) -> None:
        """Whether the server answers, is unsealed, has the namespace and takes the token. Raises `Refused`."""
        health = self._ask("get", _HEALTH, None, None)
        problem = faults.of_health(self.address, health.status_code, health.text)
        status = 0 if problem else self._ask("get", "auth/token/lookup-self", None, None).status_code
        if self.namespace and status == HTTPStatus.NOT_FOUND:
            problem = faults.no_namespace(self.address, self.namespace)
        if problem:
            raise Refused(Report((problem,)))
        if status == HTTPStatus.FORBIDDEN:
            self._must_be_alive()

    def now(self) -> int | None:
        """Seconds since 1970 by the server's own clock, if it tells. Raises `Refused`."""
        told = self._parsed(self._ask("get", _HEALTH, None, None), _HEALTH).get("server_time_utc")
        return told if isinstance(told, int) else None

    def capabilities(self, paths: list[str]) -> dict[str, tuple[str, ...]]:
        """What the token may do at paths; nothing where that may not even be asked."""
        response = self._ask("post", "sys/capabilities-self", {"paths": paths}, None)
        if not response.ok:
            return {}
        held = self._parsed(response, "sys/capabilities-self").get("data") or {}
        return {path: tuple(held.get(path) or ()) for path in paths}

    def _must_be_alive(self) -> None:
        """A token without the default policy may not look at itself; a dead one may nothing at all."""
        response = self._ask("post", "sys/capabilities-self", {"paths": ["sys/mounts"]}, None)
        if response.status_code == HTTPStatus.FORBIDDEN:
            raise Refused(Report((faults.bad_token(self.address),)))

    def _answer(
        self, method: str, path: str, data: Mapping[str, Any] | None = None, wrap_ttl: str | None = None
    ) -> dict[str, Any] | None:
        response = self._ask(method, path, data, wrap_ttl)
        if response.status_code == HTTPStatus.NOT_FOUND:
            return _left(response)
        if not HTTPStatus.OK <= response.status_code < HTTPStatus.MULTIPLE_CHOICES:
            problem = faults.of_status(method, path, response.status_code, self._told(response), self.address)
            raise Rejected(Report((problem,)), response.status_code)
        return {} if response.status_code == HTTPStatus.NO_CONTENT else self._parsed(response, path)

    def _ask(self, method: str, path: str, data: Mapping[str, Any] | None, wrap_ttl: str | None) -> requests.Response:
        for pause in (*self._to.pauses, None):
            response = self._once(method, path, data, wrap_ttl)
            busy = response.status_code in _BUSY and "sealed" not in response.text
            if not busy or pause is None or path == _HEALTH:
                return response
            time.sleep(pause)
        raise AssertionError

    def _once(self, method: str, path: str, data: Mapping[str, Any] | None, wrap_ttl: str | None) -> requests.Response:
        more: dict[str, Any] = {} if data is None else {"json": dict(data)}
        try:
            adapter = self._bare if path == _HEALTH else self._adapter
            response: requests.Response = adapter.request(
                method, f"/v1/{path}", raise_exception=False, wrap_ttl=wrap_ttl, **more
            )
        except (requests.RequestException, OSError, ValueError) as fault:
            problem = faults.of_connection(self.address, self._to.ca_cert, fault)
        else:
            return response
        # Outside of the handler: the exception's request holds the token, and would hang on as the context.
        raise Refused(Report((problem,)))

    def _parsed(self, response: requests.Response, path: str) -> dict[str, Any]:
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise Refused(Report((faults.no_vault(self.address, path),)))
        return answer

    def _told(self, response: requests.Response) -> str:
        """What the server says about its refusal, without the token it may quote."""
        try:
            answer = response.json()
        except ValueError:
            return ""
        told = answer.get("errors") if isinstance(answer, dict) else None
        text = "; ".join(str(part).strip() for part in told) if isinstance(told, list) else ""
        return " ".join(text.replace(self._to.token.reveal(), "********").split())
