"""Plain: the text as it is, for those who read it and for carriers without a limit."""

from typing import Final

_FIRST_BYTES: Final = (b"#", b"{")
"""cloud-config begins with its own name in a comment, Ignition is a JSON object."""


class Plain:
    """UTF-8, nothing else."""

    name = "plain"

    def pack(self, text: str) -> bytes:
        """The text in UTF-8."""
        return text.encode()

    def recognises(self, data: bytes) -> bool:
        """Whether the bytes begin as a format begins."""
        return data.startswith(_FIRST_BYTES)

    def unpack(self, data: bytes) -> bytes:
        """The same bytes."""
        return data
