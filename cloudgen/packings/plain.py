"""Plain: the text as it is, for those who read it and for carriers without a limit."""

from typing import Final

_FIRST_BYTES: Final = (b"#", b"{")
"""cloud-config begins with its own name in a comment, Ignition is a JSON object."""


class Plain:
    """UTF-8, nothing else."""

    name = "plain"
    formats: tuple[str, ...] = ()
    opened_by = "everything reads it"
    growth = 4 / 3  # where an encoder writes a file in base64
    compressed = False

    def pack(self, text: str, *, hard: bool = False) -> bytes:  # noqa: ARG002 - there is nothing to do harder
        """The text in UTF-8."""
        return text.encode()

    def recognises(self, data: bytes) -> bool:
        """Whether the bytes begin as a format begins."""
        return data.startswith(_FIRST_BYTES)

    def unpack(self, data: bytes) -> bytes:
        """The same bytes."""
        return data
