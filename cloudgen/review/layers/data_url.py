"""A data URL by itself."""

from collections.abc import Iterator
from typing import Final

from cloudgen import data_url
from cloudgen.review.layer import Inside, Layer, Opening

_BEGINS: Final = data_url.SCHEME.encode()


def _opened(data: bytes, _: Opening) -> Iterator[Inside]:
    yield Inside(data_url.data_of(data.decode("utf-8", "replace").strip(), "user-data"))


DATA_URL: Final = Layer("data-url", lambda data: data.startswith(_BEGINS), _opened)
