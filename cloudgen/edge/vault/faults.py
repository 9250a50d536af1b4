"""What goes wrong between cloudgen and Vault, in sentences that say what to do."""

from http import HTTPStatus
from typing import Final

import requests

from cloudgen.report import Problem

_NEEDS: Final = "cloudgen vault policy prints what the token must be allowed to do"
_DOING: Final = {"get": "read", "list": "list", "post": "write", "delete": "delete"}
_UNINITIALISED, _SEALED = 501, 503
_LONGEST: Final = 300
_UNUSABLE: Final = ("TLS CA certificate bundle", "NO_CERTIFICATE_OR_CRL_FOUND")
"""What requests and OpenSSL say of a file that holds no certificate."""
_NO_TLS: Final = ("WRONG_VERSION_NUMBER", "record layer failure")
_CUT: Final = "EOF occurred in violation of protocol"
"""What OpenSSL says of a server that goes away in the midst: that has nothing to do with trust."""


def of_connection(address: str, ca_cert: str | None, fault: Exception) -> Problem:
    """No answer at all. The exception's own words are left out where they could quote what was sent."""
    if ca_cert and any(words in str(fault) for words in _UNUSABLE):
        message = f"{ca_cert} cannot be used as Vault's authority"
        return Problem(message, remedy="it must be a PEM file: look at VAULT_CACERT, or vault.caCert")
    match fault:
        case requests.exceptions.SSLError() if _CUT not in str(fault):
            return _untrusted(address, ca_cert, fault)
        case requests.exceptions.Timeout():
            message = f"Vault at {address} does not answer in time"
            return Problem(message, remedy="look at the network, or raise VAULT_CLIENT_TIMEOUT; then run it again")
        case requests.exceptions.ProxyError():
            message = f"the proxy before Vault at {address} does not connect{_reason(fault)}"
            return Problem(message, remedy="look at HTTPS_PROXY and HTTP_PROXY, or name Vault's host in NO_PROXY")
        case requests.exceptions.ConnectionError() | requests.exceptions.ChunkedEncodingError():
            return _broken(address, _reason(fault))
        case _:
            return Problem(f"{address} cannot be asked ({type(fault).__name__})", remedy="look at VAULT_ADDR")


def _broken(address: str, said: str) -> Problem:
    remedy = "look at VAULT_ADDR, at the network, and whether the server runs; then run it again"
    # So does a server that expects TLS.
    if address.startswith("http:") and said in {"", ": remote end closed connection", ": connection reset"}:
        remedy = f"is it https? Otherwise {remedy}"
    return Problem(f"the connection to Vault at {address} fails{said}", remedy=remedy)


def _untrusted(address: str, ca_cert: str | None, fault: Exception) -> Problem:
    if any(words in str(fault) for words in _NO_TLS):
        return Problem(f"what answers at {address} speaks no TLS", remedy="is it http? Look at VAULT_ADDR")
    remedy = "name the PEM file of its authority in VAULT_CACERT, or as vault.caCert in the spec"
    if ca_cert:
        remedy = f"it must be signed by an authority in {ca_cert}, and be for this host's name"
    return Problem(f"the certificate of Vault at {address} is not trusted{_reason(fault)}", remedy=remedy)


def _reason(fault: Exception) -> str:
    """The innermost words, which a system or a TLS library said."""
    text = str(fault)
    for words in (
        "Connection refused",
        "Name or service not known",
        "Temporary failure in name resolution",
        "No route to host",
        "Connection reset",
        "Remote end closed connection",
        "self-signed certificate",
        "unable to get local issuer certificate",
        "certificate has expired",
        "Hostname mismatch",
        "IP address mismatch",
    ):
        if words.lower() in text.lower():
            return f": {words[0].lower()}{words[1:]}"
    return ""


def of_health(address: str, status: int, told: str) -> Problem | None:
    """A server that answers but does not work. What is before it may answer too, and knows nothing of seals."""
    if status == _SEALED:
        return sealed(address) if "sealed" in told else _busy(address, "answer")
    if status == _UNINITIALISED:
        return Problem(f"Vault at {address} is not initialised", remedy="initialise and unseal it, then run it again")
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return _redirect(address)
    return None


def sealed(address: str) -> Problem:
    """Sealed."""
    return Problem(f"Vault at {address} is sealed", remedy="unseal it, then run it again")


def no_namespace(address: str, namespace: str) -> Problem:
    """A namespace that is not there."""
    return Problem(f"Vault at {address} knows no namespace {namespace}", remedy="make it, or mend its name")


def _busy(address: str, doing: str) -> Problem:
    return Problem(f"Vault at {address} is too busy to {doing}", remedy="run it again in a while")


def bad_token(address: str) -> Problem:
    """A token that is unknown."""
    return Problem(f"Vault at {address} does not know the token", remedy="it may have expired: log in again")


def no_vault(address: str, path: str) -> Problem:
    """Something else answers."""
    return Problem(f"what answers at {address} to {path} is no Vault", remedy="look at VAULT_ADDR, and at proxies")


def unknown_path(path: str) -> Problem:
    """Nothing takes what is written there."""
    return Problem(f"Vault knows no {path}", remedy="a mount is missing: run cloudgen vault plan")


def _redirect(address: str) -> Problem:
    remedy = "name the active server in VAULT_ADDR: cloudgen sends a token nowhere else"
    return Problem(f"{address} redirects to another address", remedy=remedy)


def of_status(method: str, path: str, status: int, told: str, address: str) -> Problem:
    """An answer that is none."""
    doing, said = f"{_DOING[method]} {path}", f": {told[:_LONGEST]}" if told else ""
    if status == HTTPStatus.FORBIDDEN:
        return Problem(f"the Vault token may not {doing}", remedy=_NEEDS)
    if status == _SEALED and "sealed" in told:
        return sealed(address)
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        return _busy(address, f"{doing}{said}")
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return _redirect(address)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Problem(
            f"Vault failed to {doing} (HTTP {status}){said}", remedy="read the server's log, then run it again"
        )
    return Problem(f"Vault refused to {doing} (HTTP {status}){said}", remedy="look at what is there, then run it again")
