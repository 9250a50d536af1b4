"""What runs on this machine: asked, and judged. Nothing is changed."""

import os
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from cloudgen.edge.machine.commands import containers, failed_units, resolves, shown_units
from cloudgen.edge.machine.https import Identity, ask
from cloudgen.edge.vault.crowd import at_once
from cloudgen.verify import Finding, Kind, Machine
from cloudgen.verify.answers import (
    Answer,
    Member,
    judge_api,
    judge_containers,
    judge_etcd,
    judge_names,
    judge_node,
    judge_pods,
    judge_units,
)
from cloudgen.verify.findings import Check

_BOOTED: Final = "/run/systemd/system"
"""There where systemd is the system's first process (sd_booted(3))."""
_GROUPS: Final = ("running units", "names", "etcd", "api", "nodes", "pods")
_API: Final = "kube-apiserver"
_NOT_ASKED: Final = Answer(fault="it was not asked")


def live(machine: Machine, folder: str, *, running: bool) -> Iterator[Finding]:
    """The live checks; where they cannot be made, why."""
    if not running or not os.path.isdir(_BOOTED):  # noqa: PTH112 - a path of the system
        reason = "systemd does not run here" if running else f"{folder} is not the root of the system that runs here"
        yield from (Check(group).skip(reason) for group in _GROUPS)
        return
    units = tuple(machine.units)
    yield from judge_units(units, shown_units(units), failed_units())
    names = machine.names
    known = at_once(resolves, names)
    yield from judge_names(names, [name for name, found in zip(names, known, strict=True) if not found])
    yield from ask_etcd(machine)
    yield from ask_cluster(machine)


def ask_etcd(machine: Machine) -> Iterator[Finding]:
    """etcd, as its client the API server: the same endpoints, the same certificate."""
    files = [machine.flag(_API, f"etcd-{name}") for name in ("cafile", "certfile", "keyfile")]
    urls = [url for url in machine.flag(_API, "etcd-servers").split(",") if url]
    if not urls or not all(files):
        yield Check("etcd").skip(f"the manifest of {_API} names no endpoints, or no certificate for them")
        return
    identity = Identity(*files)

    def member(url: str) -> Member:
        health = ask(f"{url}/health", identity)
        status = ask(f"{url}/v3/maintenance/status", identity, {}) if health.good else _NOT_ASKED
        return Member(url=url, health=health, status=status)

    members = at_once(member, urls)
    first = next((m.url for m in members if m.health.good), None)
    listed = ask(f"{first}/v3/cluster/member/list", identity, {}) if first else _NOT_ASKED
    alarms = ask(f"{first}/v3/maintenance/alarm", identity, {"action": "GET"}) if first else _NOT_ASKED
    expected = len(machine.flag("etcd", "initial-cluster").split(","))
    yield from judge_etcd(members, machine.flag("etcd", "advertise-client-urls"), listed, alarms, expected)


def ask_cluster(machine: Machine) -> Iterator[Finding]:
    """The API, as the administrator where this machine has its kubeconfig, else as kubelet."""
    admin = machine.setting("ADMIN_KUBECONFIG")
    everything = machine.seen(admin).kind is Kind.FILE
    found = machine.kubeconfig(admin if everything else machine.kubelet.get("kubeconfig", ""))
    if found is None or not (found.authority and found.certificate and found.key):
        yield from (Check(group).skip("no kubeconfig with files of a certificate") for group in _GROUPS[3:])
        return
    identity = Identity(found.authority, found.certificate, found.key)
    ready = ask(f"{found.server}/readyz?verbose", identity)
    yield judge_api(found.server, ready)
    pods = tuple(sorted(manifest.name for manifest in machine.manifests.values() if manifest))
    if not ready.good:
        yield Check("nodes").skip("the API is not ready")
        yield from _containers(machine, pods)
        return
    node = machine.kubelet.get("hostname-override") or machine.setting("NODE_NAME")
    nodes = ask(f"{found.server}/api/v1/nodes", identity) if everything else _NOT_ASKED
    masters = len(machine.flag("etcd", "initial-cluster").split(","))
    yield from judge_node(node, ask(f"{found.server}/api/v1/nodes/{quote(node)}", identity), nodes, masters)
    own = ask(f"{found.server}/api/v1/pods?fieldSelector={quote(f'spec.nodeName={node}')}", identity)
    yield from judge_pods(pods, node, own)


def _containers(machine: Machine, pods: tuple[str, ...]) -> Iterator[Finding]:
    listed = containers(machine.setting("BIN_DIR"))
    if listed is None:
        yield Check("pods").skip("the API is not ready, and crictl does not answer")
        return
    yield from judge_containers(pods, listed)
