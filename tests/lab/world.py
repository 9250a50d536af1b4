"""The world that machines live in: a bridge, their common root file system, and a place in memory for what they write.

It lies in namespaces of its own (see `__main__`), so that nothing here needs to be put back.
"""

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.lab.calls import call, tried

if TYPE_CHECKING:
    from tests.lab.machine import Machine

_BRIDGE: Final = "lab0"
GATEWAY: Final = "10.11.0.1"
_PREFIX: Final = 16


class World:
    """Made once; the addresses of clusters are given out one /24 after the other."""

    def __init__(self, rootfs: Path) -> None:
        self.rootfs = rootfs
        self.folder = Path("/run/lab")
        self.machines: list[Machine] = []
        self._cards = itertools.count()
        call("mount", "--make-rprivate", "/")
        call("mount", "-t", "tmpfs", "-o", "mode=755,size=80%", "tmpfs", "/run")
        for folder in ("/run/systemd", "/run/netns", str(self.folder)):
            Path(folder).mkdir()
        call("ip", "link", "set", "lo", "up")
        call("ip", "link", "add", _BRIDGE, "type", "bridge")
        call("ip", "link", "set", _BRIDGE, "up")
        self.answer_at(GATEWAY)

    def answer_at(self, address: str) -> None:
        """The bridge has this address, too."""
        call("ip", "address", "add", f"{address}/{_PREFIX}", "dev", _BRIDGE)

    def plug(self, tag: str, address: str) -> str:
        """A network namespace with a card on the bridge; its name."""
        number = next(self._cards)
        card = f"card{number}"
        call("ip", "netns", "add", card)
        call("ip", "link", "add", f"{card}-out", "type", "veth", "peer", "name", "eth0", "netns", card)
        call("ip", "link", "set", f"{card}-out", "master", _BRIDGE, "up")
        for link in ("lo", "eth0"):
            call("ip", "-n", card, "link", "set", link, "up")
        call("ip", "-n", card, "address", "add", f"{address}/{_PREFIX}", "dev", "eth0")
        call("ip", "-n", card, "route", "add", "default", "via", GATEWAY)
        return card

    def unplug(self, card: str) -> None:
        """The card is gone."""
        tried("ip", "link", "delete", f"{card}-out")
        call("ip", "netns", "delete", card)
