"""Which value each of the article's variables has in the end, and what of them no spec could take."""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cloudgen.report import Problem
from cloudgen.starter.environment import Environment, Value
from cloudgen.starter.variables import (
    BASE_CLUSTER_DOMAIN,
    BASE_DOMAIN,
    CLUSTER_NAME,
    MASTER_COUNT,
    PORTS,
    SERVICE_CIDR,
    SERVICE_DNS,
    TAGS,
    USED,
    VAULT_SERVER,
    default_of,
)

_TOKEN = re.compile(r"hv[sbr]\.[\w-]{20,}")
_TAG = re.compile(r"v[0-9]+\.[0-9]+\.[0-9]+(-[0-9a-z.]+)?")
_PORT = re.compile(r"[0-9]{1,5}")
_COUNTS: Final = ("1", "3", "5", "7")

Masters = list[dict[str, str]] | dict[str, int]
"""What stands behind `masters:`, a list where the addresses are known."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The variables that a spec is made of; in place of a broken one the article's value, to find other faults."""

    values: dict[str, str]
    masters: Masters
    broken: frozenset[str]
    problems: tuple[Problem, ...]


def settle(environment: Environment, addresses: tuple[str, ...]) -> Settled:
    """Defaults for what is missing, and every problem that is not the spec's own to find."""
    values: dict[str, str] = {}
    found: dict[str, Problem] = {}
    broken = {name for name, value in environment.values.items() if value.text is None and name in USED}
    for name in USED:
        value = environment.values.get(name)
        problem = _fault(name, value, addresses) if value and not (name in broken and not value.secret) else None
        if problem:
            found[name] = problem
            broken.add(name)
        taken = value.text if value and name not in broken else _default(name, values, addresses)
        if taken:
            values[name] = taken
    if SERVICE_CIDR in broken:
        values.pop(SERVICE_DNS, None)
    strange = tuple(_strange(addresses))
    problems = (*found.values(), *_other_domain(environment, values, broken), *strange)
    masters = _masters(values[MASTER_COUNT], () if strange else addresses)
    return Settled(values, masters, frozenset(broken), problems)


def _default(name: str, values: dict[str, str], addresses: tuple[str, ...]) -> str:
    if name == MASTER_COUNT and addresses:
        return str(len(addresses))
    return default_of(name, values)


def _strange(addresses: tuple[str, ...]) -> Iterator[Problem]:
    for address in addresses:
        if not _is_address(address):
            yield Problem(f"{address[:60]!a} is not an IP address", remedy="write it like 10.0.0.10")


def _is_address(text: str) -> bool:
    try:
        return "%" not in text and bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def _masters(count: str, addresses: tuple[str, ...]) -> Masters:
    if addresses:
        return [{"name": f"master-{index}", "address": address} for index, address in enumerate(addresses)]
    return {"count": int(count)}


def _fault(name: str, value: Value, addresses: tuple[str, ...]) -> Problem | None:
    """The first thing that is wrong with a variable."""
    for message, remedy in _faults(name, value, addresses):
        return Problem(message, remedy=remedy, place=value.place)
    return None


def _faults(name: str, value: Value, addresses: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    text = value.text or ""
    if value.secret:
        yield f"{name} is made from a secret, which must not stand in a spec", "write a value without the secret"
    elif _TOKEN.search(text) or (name == VAULT_SERVER and "@" in text):
        yield f"{name} holds what looks like a credential, which must not stand in a spec", "take it out"
    elif not text:
        yield f"{name} is empty", "write its value, or take the line away for the article's"
    elif not text.isprintable():
        yield f"{name} holds a line break or a control character", "write the value on one line"
    elif name == MASTER_COUNT:
        yield from _count_faults(text, addresses)
    elif name in PORTS and not _PORT.fullmatch(text):
        yield f"{name}: '{text[:40]}' is no port", "write a number from 1 to 65535"
    elif name in TAGS and not _TAG.fullmatch(text):
        yield f"{name}: '{text[:40]}' is no release of it", f"write it with its v, such as {USED[name].default}"


def _count_faults(text: str, addresses: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if text not in _COUNTS:
        yield f"MASTER_COUNT: '{text[:40]}' masters make no sound etcd cluster", "write 1, 3, 5 or 7"
    elif addresses and int(text) != len(addresses):
        yield f"MASTER_COUNT is {text}; addresses given: {len(addresses)}", "give one address for each master"


def _other_domain(environment: Environment, values: dict[str, str], broken: set[str]) -> Iterator[Problem]:
    """The cluster's domain is made of two others; one that says something else was meant to."""
    value = environment.values.get(BASE_CLUSTER_DOMAIN)
    domain = f"{values[CLUSTER_NAME]}.{values[BASE_DOMAIN]}"
    if value and value.text not in {None, domain} and not broken & {CLUSTER_NAME, BASE_DOMAIN}:
        message = f"{BASE_CLUSTER_DOMAIN} is not {domain}, which {CLUSTER_NAME} and {BASE_DOMAIN} make"
        yield Problem(message, remedy=f"change {CLUSTER_NAME} or {BASE_DOMAIN}", place=value.place)
