"""The network of a machine that no cloud configures, in the language of cloud-init and netplan."""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

from cloudgen.model import Line, Settings, Whole, fault

_KNOWN: Final = 2


def _device(value: dict[str, Any]) -> dict[str, Any]:
    """Only what leaves the machine without a network, and without a word, is judged.

    cloud-init 22.4, Debian 12's, gives all networks up at a route to `default` (cloudinit/net/network_state.py,
    _normalize_net_keys); netplan and every cloud-init know the same one by its numbers.
    """
    for address in _static(value):
        _interface(address)
    if any(isinstance(route, dict) and route.get("to") == "default" for route in _list(value.get("routes"))):
        raise fault("older cloud-inits know no route to 'default'", "write to: 0.0.0.0/0, or ::/0")
    return value


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _static(device: Mapping[str, Any]) -> Iterator[str]:
    """The addresses of a device that are written as texts; netplan knows another form, which is passed on as it is."""
    yield from (address for address in _list(device.get("addresses")) if isinstance(address, str))


def _interface(value: str) -> None:
    try:
        ipaddress.ip_interface(value)
        whole = "/" in value
    except ValueError:
        whole = False
    if not whole:
        raise fault(f"'{value[:80]}' is not an address with its network's length", "write it like 10.0.0.10/24")


def _version(value: int) -> int:
    if value != _KNOWN:
        raise fault(f"networks are described in version {_KNOWN} of the language", "translate it, or leave it to DHCP")
    return value


Devices = dict[Line, Annotated[dict[str, Any], AfterValidator(_device)]]


class NetworkConfig(Settings):
    """Network configuration of version 2, as cloud-init and netplan know it."""

    version: Annotated[Whole, AfterValidator(_version)] = _KNOWN
    """Version of the language: 2."""
    renderer: Line | None = None
    """What shall manage the network, such as networkd; by default what the image has."""
    ethernets: Devices = Field(default_factory=dict)
    """Cards, each with dhcp4, addresses, routes, nameservers, match and so on."""
    bonds: Devices = Field(default_factory=dict)
    """Bonds of cards."""
    bridges: Devices = Field(default_factory=dict)
    """Bridges."""
    vlans: Devices = Field(default_factory=dict)
    """VLANs."""

    def data(self) -> Mapping[str, Any]:
        """What was written, as plain data."""
        return {"version": self.version, **self.model_dump(exclude_defaults=True)}

    def addresses(self) -> frozenset[str]:
        """The static ones, without the lengths of their networks."""
        devices = (*self.ethernets.values(), *self.bonds.values(), *self.bridges.values(), *self.vlans.values())
        return frozenset(str(ipaddress.ip_interface(address).ip) for d in devices for address in _static(d))
