"""A data disk that outlives its machine: a loop device over memory."""

from pathlib import Path
from typing import Final

from tests.lab import leftovers
from tests.lab.calls import call
from tests.lab.world import World

_SIZE: Final = 1 << 28


class Disk:
    """Blank at first. In the machine it has the name that it has outside: blkid goes by the kernel's."""

    def __init__(self, world: World, name: str) -> None:
        file = world.folder / leftovers.name(name)
        with file.open("xb") as stream:
            stream.truncate(_SIZE)
        self.device = Path(call("losetup", "--find", "--show", file))

    def made(self) -> str:
        """What identifies its file system: another after every formatting; empty while it is blank."""
        return call("blkid", "-p", "-o", "value", "-s", "UUID", self.device) if self._holds() else ""

    def _holds(self) -> bool:
        with self.device.open("rb") as stream:
            return any(stream.read(1 << 20))

    def lose(self) -> None:
        """What it held is gone: as a new one."""
        call("blkdiscard", self.device)

    def destroy(self) -> None:
        """Detached; its content is gone."""
        call("losetup", "--detach", self.device)
