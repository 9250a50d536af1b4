"""Questions to etcd and the API by a client certificate: bounded in time and size, never through a proxy."""

import http.client
import json
import ssl
import time
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from cloudgen.verify.answers import Answer

_TIMEOUT: Final = 5.0
_WHOLE: Final = 15.0
_MOST: Final = 16 << 20
_CHUNK: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Identity:
    """Files of whom to trust and of who asks."""

    authority: str
    certificate: str
    key: str

    def context(self) -> ssl.SSLContext:
        """As Go verifies: the authority need not be a root. Raises `OSError` for what cannot be loaded."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(self.authority)
        context.load_cert_chain(self.certificate, self.key, password="")  # nobody is asked for one
        return context


def ask(url: str, identity: Identity, body: Any = None) -> Answer:
    """A GET, or a POST of JSON. Nothing is raised."""
    try:
        return _asked(url, identity, body)
    except (OSError, http.client.HTTPException, ValueError) as fault:
        return Answer(fault=_words(fault))


def _asked(url: str, identity: Identity, body: Any) -> Answer:
    where = urlsplit(url)
    context = identity.context()
    connection = http.client.HTTPSConnection(where.hostname or "", where.port, timeout=_TIMEOUT, context=context)
    try:
        method, data = ("GET", None) if body is None else ("POST", json.dumps(body))
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        connection.request(method, f"{where.path}?{where.query}".rstrip("?"), data, headers)
        response = connection.getresponse()
        text = _read(response).decode("utf-8", "replace")
        return Answer(response.status, _document(text), text)
    finally:
        connection.close()


def _read(response: http.client.HTTPResponse) -> bytes:
    end, data = time.monotonic() + _WHOLE, bytearray()
    while chunk := response.read1(_CHUNK):
        data += chunk
        if len(data) > _MOST:
            raise ValueError("the answer is too long")
        if time.monotonic() > end:
            raise TimeoutError
    return bytes(data)


def _document(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _words(fault: Exception) -> str:
    match fault:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted: {fault.verify_message}"
        case TimeoutError():
            return "no answer in time"
        case ssl.SSLError():
            return f"TLS: {(fault.reason or 'failed').lower().replace('_', ' ')}"
        case OSError() if fault.strerror:
            return fault.strerror.lower()
        case ValueError():
            return str(fault) or "not understood"
    return type(fault).__name__
