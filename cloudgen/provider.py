"""What a provider is: a row of facts about the carrier of user-data."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

VIRTUAL_CARDS: Final = r"^(eth|ens|enp)[0-9a-z]+$"
"""The kernel's and systemd's names of a virtual machine's cards (systemd.net-naming-scheme(7)); never a pod's veth,
cali or cni."""
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class SizeUnit(StrEnum):
    """What a provider's limit counts."""

    RAW = "raw bytes"
    """The user-data as it is handed over."""
    BASE64 = "base64-encoded bytes"
    """The user-data after the base64 that the API or its client puts around it."""
    CHARACTERS = "characters"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """How a file is handed over. The first one that fits its format and packing counts; none named means every one."""

    how: str
    """A command, or a field of the API; `{path}`, `{node}` and `{zone}` stand for the file, the machine and the option
    that places it, fit for a shell."""
    formats: tuple[str, ...] = ()
    packings: tuple[str, ...] = ()

    def fits(self, format_: str, packing: str) -> bool:
        """Whether it is meant for such a file."""
        return (not self.formats or format_ in self.formats) and (not self.packings or packing in self.packings)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Provider:
    """One row. Every figure cites its public origin in the provider's file."""

    name: str
    """The provider's name in the spec's `provider:`."""
    title: str
    limit: int | None
    """The largest user-data, in `unit`; None where none is known."""
    unit: SizeUnit = SizeUnit.RAW
    carries: Mapping[str, tuple[str, ...]]
    """Formats that images of this provider read, the default one first; of each the packings, the default one first."""
    narrow_for: tuple[str, ...] = ()
    """Formats in which the limit does not hold a master with its scripts: there machines fetch them by default."""
    refuses: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """Formats and packings that are known not to work, and why."""
    substitutes: str = ""
    """Characters that the usual client substitutes in the text; a packing free of them is safe."""
    substitution: str = ""
    """Who substitutes what."""
    datasource: str
    """cloud-init's data source."""
    nic_pattern: str = VIRTUAL_CARDS
    """Anchored Go regular expression of the first network interface's name, for key-keeper's `interfaces`."""
    disk: str = "/dev/disk/by-id/{name}"
    """Where a secondary disk appears."""
    disk_name: str = "its name"
    """What `{name}` stands for in it."""
    hand_over: tuple[HandOver, ...]
    zone: str = ""
    """The option that `{zone}` stands for in it, where a master has a zone."""
    splits: str = ""
    """Characters at which its client splits what names the file, whatever quotes are around it."""
    source: str
    """The public origin of the limit."""

    @property
    def formats(self) -> tuple[str, ...]:
        """Formats that images of this provider read, the default one first."""
        return tuple(self.carries)

    def packings(self, format_: str) -> tuple[str, ...]:
        """Packings in which it carries a format, the default one first."""
        return self.carries.get(format_, ())

    def why_not(self, name: str) -> str:
        """Why a format or a packing is not carried, as the end of a sentence; empty where that is not known."""
        return f": {self.refuses[name]}" if name in self.refuses else ""

    def measure(self, data: bytes, more: int = 0) -> int:
        """The size of packed user-data in this provider's unit, and of so many bytes more.

        Base64 makes 4 bytes of every started 3, whatever they hold.
        """
        match self.unit:
            case SizeUnit.RAW:
                return len(data) + more
            case SizeUnit.BASE64:
                return 4 * ((len(data) + more + 2) // 3)
            case SizeUnit.CHARACTERS:
                return len(data.decode("utf-8", errors="replace")) + more

    def handed_over(self, format_: str, packing: str, path: str, node: str, zone: str | None = None) -> str:
        """The command, or the field, that takes a file of a machine: to be pasted into a shell."""
        how = next(way.how for way in self.hand_over if way.fits(format_, packing))
        quoted = shlex.quote(f"./{path}" if path.startswith("-") else path)
        split = any(char in path for char in self.splits)
        option = f" {self.zone.format(zone=shlex.quote(zone))}" if zone and self.zone else ""
        return how.format(path=f"<(cat {quoted})" if split else quoted, node=shlex.quote(node), zone=option)
