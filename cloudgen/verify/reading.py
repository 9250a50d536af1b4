"""Which files must be seen: those with fixed names, then those that these name, and so on."""

import posixpath
from collections.abc import Iterator
from typing import Final

from cloudgen.paths import CONFIG, UNITS
from cloudgen.verify.machine import SETTINGS, Machine
from cloudgen.verify.seen import Files
from cloudgen.verify.units import OWN, WANTS, folders

MARKERS: Final = (
    "done",
    "failed",
    "step",
    "bootstrap.log",
    "post-install.done",
    "post-install.failed",
    "tokens/shared",
)
_FIXED: Final = (
    CONFIG,
    SETTINGS,
    *(f"{CONFIG}/{table}" for table in ("pki", "issuers", "units", "names")),
    "/etc/hostname",
    "/etc/fstab",
    UNITS,
    *(f"{UNITS}/{wants}" for wants in WANTS),
    *(f"{UNITS}/{unit}" for unit in ("kubelet.service", "key-keeper.service")),
    *(f"{UNITS}/{unit}.d" for unit in ("kubelet.service", "key-keeper.service")),
)


def wanted(files: Files) -> frozenset[str]:
    """Every path that those seen so far make worth seeing, those seen included."""
    machine = Machine(files=files)
    found = {*_FIXED, *_named(machine), *_of_kubelet(machine), *_of_kubeconfigs(machine)}
    return frozenset(posixpath.normpath(path) for path in found if path.startswith("/") and "\0" not in path)


def _named(machine: Machine) -> Iterator[str]:
    """What settings and tables name."""
    state = machine.state
    yield from (f"{state}/{marker}" for marker in MARKERS)
    for issuer in machine.issuers:
        yield from (issuer.role_id, issuer.secret_id, f"{state}/tokens/{issuer.name}", f"{state}/unwrap/{issuer.name}")
    for row in machine.pki:
        yield from (row.path, row.key)
    names = ("KEY_KEEPER_DIR", "BOOTSTRAP_TOKEN_FILE", "ADMIN_KUBECONFIG", "SYSCTL_FILE")
    yield from (machine.setting(name) for name in names)
    data = machine.setting("ETCD_DATA_DIR")
    yield from (data, posixpath.dirname(data), f"{data}/member")
    for unit in (*machine.units, *OWN):
        yield from (f"{folder}/{unit}" for folder in folders())
    yield from (folder for folder, _ in machine.configurations)
    yield from machine.configured


def _of_kubelet(machine: Machine) -> Iterator[str]:
    for unit in ("kubelet.service", "key-keeper.service"):
        folder = f"{UNITS}/{unit}.d"
        yield from (f"{folder}/{entry}" for entry in machine.seen(folder).entries)
    yield from machine.environments
    yield from (machine.kubelet.get("config", ""), machine.kubelet.get("kubeconfig", ""), machine.static_pods)
    yield from machine.manifest_paths
    for found in machine.manifests.values():
        if found:
            yield from found.reads.values()


def _of_kubeconfigs(machine: Machine) -> Iterator[str]:
    """Kubeconfigs, and what they read."""
    for path in machine.kubeconfigs:
        yield path
        found = machine.kubeconfig(path)
        yield from found.files if found else ()
