"""The packings: one file each, one line each."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cloudgen.packing import Packing
from cloudgen.packings.gzip import Gzip
from cloudgen.packings.gzip_base64 import GzipBase64
from cloudgen.packings.ignition_gzip import IgnitionGzip
from cloudgen.packings.mime_gzip import MimeGzip
from cloudgen.packings.plain import Plain

PACKINGS: Final[Mapping[str, Packing]] = MappingProxyType(
    {
        "plain": Plain(),
        "mime-gzip": MimeGzip(),
        "gzip": Gzip(),
        "gzip-base64": GzipBase64(),
        "ignition-gzip": IgnitionGzip(),
    }
)
