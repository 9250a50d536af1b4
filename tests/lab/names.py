"""A name service on the bridge: addresses of names that it was told, and "no such name" for all others (RFC 1035)."""

import ipaddress
import socketserver
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from tests.lab.parts.serving import serving

_PORT: Final = 53
_A: Final = 1
_ANSWER: Final = 0x8580
"""A response, authoritative, recursion desired and available."""
_NO_SUCH_NAME: Final = 3
_TTL: Final = 1
_POINTER_TO_QUESTION: Final = 0xC00C


@dataclass
class Names:
    """Addresses by name; may change while it serves."""

    addresses: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)

    @contextmanager
    def serving(self, address: str) -> Iterator["Names"]:
        """Answer at this address, over UDP."""
        server = _Server((address, _PORT), _Handler)
        server.names = self
        with serving(server):
            yield self

    def answer(self, query: bytes) -> bytes:
        """The whole datagram."""
        name, end = _name(query, 12)
        self.asked.add(name)
        (kind,) = struct.unpack_from("!H", query, end)
        address = self.addresses.get(name)
        records = [_record(address)] if address and kind == _A else []
        code = _ANSWER if address else _ANSWER | _NO_SUCH_NAME
        head = query[:2] + struct.pack("!5H", code, 1, len(records), 0, 0)
        return head + query[12 : end + 4] + b"".join(records)


class _Server(socketserver.ThreadingUDPServer):
    names: Names
    daemon_threads = True


class _Handler(socketserver.DatagramRequestHandler):
    server: _Server

    def handle(self) -> None:
        self.wfile.write(self.server.names.answer(self.rfile.read()))


def _name(query: bytes, place: int) -> tuple[str, int]:
    """The name of the question, and where it ends."""
    labels = []
    while length := query[place]:
        labels.append(query[place + 1 : place + 1 + length].decode().lower())
        place += 1 + length
    return ".".join(labels), place + 1


def _record(address: str) -> bytes:
    packed = ipaddress.ip_address(address).packed
    return struct.pack("!3HIH", _POINTER_TO_QUESTION, _A, 1, _TTL, len(packed)) + packed
