"""The formats: one file each, one line each."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cloudgen.encoder import Encoder
from cloudgen.encoders.cloud_config import CloudConfig
from cloudgen.encoders.ignition import Ignition

ENCODERS: Final[Mapping[str, Encoder]] = MappingProxyType(
    {
        "cloud-config": CloudConfig(),
        "ignition": Ignition(),
    }
)
