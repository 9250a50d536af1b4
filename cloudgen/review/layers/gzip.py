"""Gzip."""

from collections.abc import Iterator
from typing import Final

from cloudgen import gz
from cloudgen.review.layer import Inside, Layer, Opening


def _opened(data: bytes, opening: Opening) -> Iterator[Inside]:
    yield Inside(opening.budget.inflate(data))


GZIP: Final = Layer("gzip", lambda data: data.startswith(gz.MAGIC), _opened)
