"""The providers: one file each, one line each."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cloudgen.provider import Provider
from cloudgen.providers.generic import GENERIC
from cloudgen.providers.openstack import OPENSTACK
from cloudgen.providers.yandex import YANDEX

PROVIDERS: Final[Mapping[str, Provider]] = MappingProxyType(
    {
        "generic": GENERIC,
        "openstack": OPENSTACK,
        "yandex": YANDEX,
    }
)
