"""What key-keeper knows of its host: its name, the addresses of its network cards, what names resolve to."""

import re
import socket
import struct
from collections.abc import Iterable, Iterator
from fcntl import ioctl
from typing import Final

from tests.key_keeper.config import Spec

_SIOCGIFADDR: Final = 0x8915
_NOT_IN_GO: Final = re.compile(r"\(\?(?:[=!>#(]|<[=!])|\\[1-9]")


def hostname(text: str) -> str:
    """A name in which `$HOSTNAME` may stand."""
    return text.replace("$HOSTNAME", socket.gethostname())


def cards() -> Iterator[tuple[str, str]]:
    """The network cards with their (first) IPv4 address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            try:
                answer = ioctl(probe.fileno(), _SIOCGIFADDR, struct.pack("256s", name.encode()))
            except OSError:
                continue
            yield name, socket.inet_ntoa(answer[20:24])


def of_interfaces(patterns: Iterable[str], known: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Addresses of the cards that a pattern finds anywhere in the name: `eth*` finds veth0, and not ens3."""
    found = tuple(known)
    for pattern in patterns:
        if _NOT_IN_GO.search(pattern):
            raise ValueError(f"error parsing regexp: invalid or unsupported Perl syntax: `{pattern}`")
        yield from (address for name, address in found if re.search(pattern, name))


def addresses(spec: Spec) -> list[str]:
    """All addresses of a leaf, each once. Raises `OSError` for a name that does not resolve."""
    wanted = spec.ip_addresses
    looked_up = [i[4][0] for n in wanted.dns_lookup for i in socket.getaddrinfo(n, None, type=socket.SOCK_STREAM)]
    return list(dict.fromkeys((*wanted.static, *of_interfaces(wanted.interfaces, cards()), *map(str, looked_up))))
