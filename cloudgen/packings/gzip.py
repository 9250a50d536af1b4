"""Gzip as it is, for carriers of bytes: nothing travels that need not.

cloud-init inflates user-data that begins like gzip, whatever brought it (cloud-init docs, "User-data formats", gzip
compressed content). Ignition does not: of all its platforms only Akamai's inflates what it is given
(coreos/ignition, internal/providers).
"""

from cloudgen import gz


class Gzip:
    """One gzip member."""

    name = "gzip"
    formats: tuple[str, ...] = ("cloud-config",)
    opened_by = "cloud-init inflates it, Ignition does not"
    growth = 1.0
    compressed = True

    def pack(self, text: str, *, hard: bool = False) -> bytes:
        """The same text gives the same bytes, on every machine with the same zlib."""
        return gz.squeeze(text.encode(), hard=hard)

    def recognises(self, data: bytes) -> bool:
        """Whether the bytes begin like gzip."""
        return data.startswith(gz.MAGIC)

    def unpack(self, data: bytes) -> bytes:
        """What was packed. Raises `Refused` when anything of it is missing or changed."""
        return gz.inflate(data)
