"""What a packing is: the text of a node to what travels, and back. A wrapper, not a format."""

from typing import Protocol


class Packing(Protocol):
    """One packing. Stateless and deterministic; registered by one line in `packings/__init__.py`."""

    name: str
    """The packing's name in the spec's `packing:`."""

    def pack(self, text: str) -> bytes:
        """The bytes that travel."""
        ...

    def recognises(self, data: bytes) -> bool:
        """Whether these bytes look packed in this way."""
        ...

    def unpack(self, data: bytes) -> bytes:
        """What was packed. Raises `Refused` when the bytes are damaged."""
        ...
