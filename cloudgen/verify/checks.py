"""Every check that needs nothing but files, in the order of a boot."""

from collections.abc import Iterator
from datetime import datetime

from cloudgen.verify.bootstrap import check_bootstrap, check_identities
from cloudgen.verify.certificates import check_certificates
from cloudgen.verify.disk import check_disk
from cloudgen.verify.findings import Check, Finding
from cloudgen.verify.machine import Machine
from cloudgen.verify.seen import Kind, exposed, present
from cloudgen.verify.units import check_units
from cloudgen.verify.workload_checks import check_kubeconfigs, check_pods


def verify(machine: Machine, now: datetime) -> Iterator[Finding]:
    """The findings of a machine whose files were all seen."""
    yield from check_bootstrap(machine)
    yield from _host(machine)
    yield from check_disk(machine)
    yield from check_identities(machine)
    yield from _key_keeper(machine)
    yield from check_certificates(machine, now)
    yield from check_kubeconfigs(machine)
    yield from check_pods(machine)
    yield from check_units(machine)


def _host(machine: Machine) -> Iterator[Finding]:
    node, seen = machine.setting("NODE_NAME"), machine.seen("/etc/hostname")
    if node and seen.kind is Kind.FILE and seen.text.strip() != node:
        message = f"the host is called {seen.text.strip()}, its node {node}"
        yield Check("host name").warn(message, f"hostnamectl set-hostname {node}")
    elif node and seen.kind is Kind.FILE:
        yield Check("host name").ok(node)


def _key_keeper(machine: Machine) -> Iterator[Finding]:
    for path in machine.configured:
        check, seen = Check("key-keeper", path), machine.seen(path)
        fault = present(seen, check) or exposed(seen, check, path, machine.owner, secret=False)
        yield fault or check.ok(f"orders {len(machine.orders)} certificates")
