"""Ranges, addresses and ports that must fit together."""

import ipaddress
from collections import Counter
from collections.abc import Iterator
from typing import Final

from cloudgen.report import Path, Problem, warning
from cloudgen.spec import Spec, parsed_networks

_WIDEST_SERVICE_BITS: Final = 20
_SERVICES: Final = 16
_TAKEN: Final = {10250: "kubelet", 10248: "kubelet's health endpoint"}
_SERVICE: Final[Path] = ("networking", "serviceSubnet")
_POD: Final[Path] = ("networking", "podSubnet")


def ranges(spec: Spec) -> Iterator[Problem]:
    """The service and the pod range: apart, private, of a size that kube-apiserver takes."""
    service, pod = parsed_networks(spec)
    if service.version == pod.version and service.overlaps(pod):
        yield Problem(f"the service range {service} and the pod range {pod} overlap", _SERVICE, "take ranges apart")
    host_bits = service.max_prefixlen - service.prefixlen
    if host_bits > _WIDEST_SERVICE_BITS:
        remedy = f"write a prefix of /{service.max_prefixlen - _WIDEST_SERVICE_BITS} or longer"
        yield Problem("kube-apiserver takes at most 20 bits of service addresses", _SERVICE, remedy)
    if service.num_addresses < _SERVICES:
        shortest = service.max_prefixlen - (_SERVICES - 1).bit_length()
        remedy = f"write a prefix of /{shortest} or shorter, such as /{shortest - 12}"
        yield Problem(f"the service range {service} holds fewer than {_SERVICES} addresses", _SERVICE, remedy)
    for network, path in ((service, _SERVICE), (pod, _POD)):
        if network.is_global:
            yield warning(
                f"{network} is public address space: the real hosts there become unreachable from the cluster",
                path,
                "take a range of RFC 1918 or RFC 6598, such as 10.96.0.0/16",
            )


def dns_address(spec: Spec) -> Iterator[Problem]:
    """The DNS service's address lies in the service range and is not the API's."""
    address, (service, _) = spec.networking.dns_address, parsed_networks(spec)
    path: Path = ("networking", "dnsAddress")
    if service.num_addresses < _SERVICES:
        return
    remedy = f"leave it out: it becomes {service[10]}"
    if address and ipaddress.ip_address(address) not in service:
        yield Problem(f"{address} is not in the service range {service}", path, remedy)
    elif address == str(service[1]):
        yield Problem(f"{address} is the API's own service address", path, remedy)


def families(spec: Spec) -> Iterator[Problem]:
    """IPv4 or IPv6, for the ranges and the masters alike: kube-apiserver refuses a mixture."""
    service, pod = parsed_networks(spec)
    if service.version != pod.version:
        message = f"services have IPv{service.version} addresses, and pods IPv{pod.version}"
        yield Problem(message, _POD, "take one family for both ranges")
    for index, master in enumerate(spec.masters):
        if master.address and ipaddress.ip_address(master.address).version != service.version:
            message = f"{master.address} is not of the family of the service range, IPv{service.version}"
            yield Problem(message, ("masters", index, "address"), "take one family for masters and ranges")


def machine_addresses(spec: Spec) -> Iterator[Problem]:
    """Addresses of machines: each once, of one family, outside of the cluster's ranges."""
    known = [(index, m.address) for index, m in enumerate(spec.masters) if m.address]
    counts = Counter(address for _, address in known)
    for index, address in known:
        path: Path = ("masters", index, "address")
        if counts[address] > 1:
            yield Problem(f"{address} is the address of several masters", path, "give each master its own")
        for network in parsed_networks(spec):
            if ipaddress.ip_address(address) in network:
                message = f"{address} lies in the cluster's own range {network}"
                yield Problem(message, path, "take an address outside, or other ranges")
        yield from _reachable(address, path)
    if known and len(known) < len(spec.masters):
        yield warning("some masters have an address and some have none", ("masters",), "give all of them one, or none")


def static_addresses(spec: Spec) -> Iterator[Problem]:
    """A machine whose network is written down has its own address there, or its certificates name another."""
    for index, master in enumerate(spec.masters):
        written = master.network_config.addresses() if master.network_config else frozenset()
        if master.address and written and master.address not in written:
            message = f"{master.name} has the address {master.address}, which is not among {', '.join(sorted(written))}"
            yield Problem(message, ("masters", index, "networkConfig"), "write the same address at both places")


def _reachable(address: str, path: Path) -> Iterator[Problem]:
    parsed = ipaddress.ip_address(address)
    if parsed.is_unspecified or parsed.is_loopback or parsed.is_multicast:
        yield Problem(f"nobody reaches a machine by {address}", path, "write the machine's own address")


def hosts_block(spec: Spec) -> Iterator[Problem]:
    """A managed hosts block needs every machine's address."""
    if spec.names == "hosts":
        for index, master in enumerate(spec.masters):
            if not master.address:
                message = f"names: hosts needs the address of {master.name}"
                yield Problem(message, ("masters", index), "write its address, or names: dns")


def ports(spec: Spec) -> Iterator[Problem]:
    """Ports: each once, and none of kubelet's."""
    seen: dict[int, str] = {}
    for name, field in type(spec.ports).model_fields.items():
        port, key = getattr(spec.ports, name), field.alias or name
        other = seen.get(port) or _TAKEN.get(port)
        if other:
            yield Problem(f"port {port} is already that of {other}", ("ports", key), "take another one")
        seen.setdefault(port, key)
