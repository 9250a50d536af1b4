"""Contents of files, as readers of formats give them to a node."""

from typing import Final

from cloudgen.secrets import SecretRef

FETCHED: Final = "cloudgen: fetched from "
"""Begins the content of a file that a machine would fetch: where it lies, and its checksum."""


def content_of(data: bytes) -> str | bytes | SecretRef:
    """What a file's bytes are: text where they can be, a reference where they stand for one."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return data
    return SecretRef.from_placeholder(text) or text


def data_of(content: str | bytes) -> bytes:
    """The bytes of a content; "surrogatepass" so that no exception ever quotes what may be a secret."""
    return content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
