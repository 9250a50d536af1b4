"""Rules across fields: each a function from a spec to problems. This table is all of them."""

from collections.abc import Callable, Iterator
from typing import Final

from cloudgen.report import Problem
from cloudgen.rules import identities, machines, networks, platform
from cloudgen.spec import Spec

RULES: Final[tuple[Callable[[Spec], Iterator[Problem]], ...]] = (
    machines.count,
    machines.names,
    machines.override_keys,
    networks.ranges,
    networks.dns_address,
    networks.families,
    networks.machine_addresses,
    networks.static_addresses,
    networks.hosts_block,
    networks.ports,
    identities.lifetimes,
    identities.key_sizes,
    identities.certificate_names,
    identities.nic_pattern,
    identities.vault,
    identities.bound_cidrs,
    platform.release,
    platform.companion_versions,
    platform.carriage,
    platform.families,
    platform.proxy,
    platform.groups,
    platform.etcd_disk,
)


def judge(spec: Spec) -> Iterator[Problem]:
    """Everything that the rules have to say about a spec."""
    for rule in RULES:
        yield from rule(spec)
