"""The layers: one file each, one line each. The first one that recognises data opens it."""

from typing import Final

from cloudgen.review.layer import Layer
from cloudgen.review.layers.archive import ARCHIVE
from cloudgen.review.layers.base64 import BASE64
from cloudgen.review.layers.data_url import DATA_URL
from cloudgen.review.layers.fat import FAT
from cloudgen.review.layers.gzip import GZIP
from cloudgen.review.layers.ignition import IGNITION
from cloudgen.review.layers.iso import ISO
from cloudgen.review.layers.jinja import JINJA
from cloudgen.review.layers.json import JSON
from cloudgen.review.layers.mime import MIME

LAYERS: Final[tuple[Layer, ...]] = (GZIP, ISO, FAT, DATA_URL, IGNITION, JSON, JINJA, ARCHIVE, MIME, BASE64)
