"""What a packing is: the text of a node to what travels, and back. A wrapper, not a format."""

from typing import Protocol


class Packing(Protocol):
    """One packing. Stateless and deterministic; registered by one line in `packings/__init__.py`."""

    name: str
    """The packing's name in the spec's `packing:`."""
    formats: tuple[str, ...]
    """Formats that can travel in it; none named means every one."""
    opened_by: str
    """Who opens it: why other formats cannot travel in it."""
    growth: float
    """Bytes that travel for each further byte that cannot be compressed, such as a token's: an upper bound."""
    compressed: bool

    def pack(self, text: str, *, hard: bool = False) -> bytes:
        """The bytes that travel; `hard` takes longer to make them a little fewer."""
        ...

    def recognises(self, data: bytes) -> bool:
        """Whether these bytes look packed in this way."""
        ...

    def unpack(self, data: bytes) -> bytes:
        """What was packed. Raises `Refused` when the bytes are damaged."""
        ...


def carried(packing: Packing, format_: str) -> bool:
    """Whether texts of a format can travel in a packing."""
    return not packing.formats or format_ in packing.formats
