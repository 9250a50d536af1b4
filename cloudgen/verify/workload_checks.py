"""Kubeconfigs and static pods: there, readable, and what they name is there too."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from cloudgen.verify.findings import Check, Finding
from cloudgen.verify.machine import POST_INSTALL, Machine
from cloudgen.verify.seen import Kind, exposed, present
from cloudgen.verify.workloads import Manifest

PODS: Final = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
"""The control plane of every machine."""
_REMEDY: Final = "restore it: cloudgen unpack shows what it was in the machine's user-data"

_UNITS: Final = "look at kubelet.service, its drop-ins, their EnvironmentFile= and the file behind --config"


def check_kubeconfigs(machine: Machine) -> Iterator[Finding]:
    """kubelet's, the components', and the administrator's where the machine has one."""
    if "kubeconfig" not in machine.kubelet:
        yield Check("kubeconfigs").fail("kubelet's units name none for it", _UNITS)
    for path in sorted(machine.kubeconfigs):
        check, seen = Check("kubeconfigs", path), machine.seen(path)
        if seen.kind is Kind.ABSENT and path == machine.setting("ADMIN_KUBECONFIG") and not _has_admin(machine):
            continue
        if fault := present(seen, check, _REMEDY) or exposed(seen, check, path, machine.owner, secret=True):
            yield fault
        else:
            yield _kubeconfig(machine, path, check)


def _has_admin(machine: Machine) -> bool:
    return POST_INSTALL in machine.units


def _kubeconfig(machine: Machine, path: str, check: Check) -> Finding:
    found = machine.kubeconfig(path)
    if found is None:
        return check.fail("is no kubeconfig, or a damaged one", _REMEDY)
    if not found.complete:
        return check.fail("its current context lacks a cluster, a server, an authority or credentials", _REMEDY)
    if lost := [file for file in found.files if _lost(machine, file)]:
        return check.fail(f"names what is not there: {', '.join(lost)}", _REMEDY)
    return check.ok(found.server)


def _lost(machine: Machine, path: str) -> bool:
    """Whether a file is missing that the check of certificates does not tell of."""
    return machine.seen(path).kind is Kind.ABSENT and path not in {row.path for row in machine.pki}


def check_pods(machine: Machine) -> Iterator[Finding]:
    """The manifests that kubelet runs."""
    if not machine.static_pods:
        yield Check("static pods").fail("kubelet's configuration names no folder of static pods", _UNITS)
        return
    counts = Counter(found.name for found in machine.manifests.values() if found)
    for name in PODS:
        if not counts[name]:
            yield Check("static pods", name).fail(f"there is no manifest of it in {machine.static_pods}", _REMEDY)
    for path, found in machine.manifests.items():
        yield from _manifest(machine, path, found, counts)


def _manifest(machine: Machine, path: str, found: Manifest | None, counts: Counter[str]) -> Iterator[Finding]:
    check, seen = Check("static pods", path), machine.seen(path)
    if fault := present(seen, check, _REMEDY) or exposed(seen, check, path, machine.owner, secret=False):
        yield fault
    elif found is None:
        yield check.fail("is no pod, or a damaged one", _REMEDY)
    elif counts[found.name] > 1:
        remedy = "move copies elsewhere: kubelet runs every file of this folder"
        yield check.fail(f"is one of {counts[found.name]} manifests of {found.name}", remedy)
    elif lost := [f"{file} (--{flag})" for flag, file in found.reads.items() if _lost(machine, file)]:
        yield check.fail(f"its flags name what is not there: {', '.join(lost)}", _REMEDY)
    else:
        yield check.ok(found.name)
