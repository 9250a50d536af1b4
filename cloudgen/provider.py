"""What a provider is: a row of facts about the carrier of user-data."""

from dataclasses import dataclass
from enum import StrEnum


class SizeUnit(StrEnum):
    """What a provider's limit counts."""

    RAW = "raw bytes"
    """The user-data as it is handed over."""
    BASE64 = "base64-encoded bytes"
    """The user-data after the base64 that the API or its client puts around it."""
    CHARACTERS = "characters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One row. Every figure cites its public origin in the provider's file."""

    name: str
    """The provider's name in the spec's `provider:`."""
    title: str
    limit: int | None
    """The largest user-data, in `unit`; None where none is known."""
    unit: SizeUnit = SizeUnit.RAW
    packings: tuple[str, ...]
    """Packings that the carrier takes, the default one first."""
    formats: tuple[str, ...]
    """Formats that images of this provider read, the default one first."""
    substitutes: str = ""
    """Characters that the carrier or its usual client substitutes in the text; a packing free of them is safe."""
    nic_pattern: str
    """Anchored Go regular expression of the first network interface's name, for key-keeper's `interfaces`."""
    disk_by_id: str = "/dev/disk/by-id/{name}"
    """Where a secondary disk appears, `{name}` standing for its device name."""
    source: str
    """The public origin of the limit."""

    def measure(self, data: bytes) -> int:
        """The size of packed user-data in this provider's unit.

        Base64 makes 4 bytes of every started 3, whatever they hold.
        """
        match self.unit:
            case SizeUnit.RAW:
                return len(data)
            case SizeUnit.BASE64:
                return 4 * ((len(data) + 2) // 3)
            case SizeUnit.CHARACTERS:
                return len(data.decode("utf-8", errors="replace"))
