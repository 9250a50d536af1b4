"""All judges over one machine's file tree: every text in it is known by what it says, wherever it lies."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from cloudgen.release import Version
from tests.judges import etcd, manifests, names, schemas, shell, strict_yaml, systemd

COMPONENTS = ("kubelet", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd")
UNJUDGED = ("audit.k8s.io/", "apiserver.config.k8s.io/", "apiserver.k8s.io/", "kubescheduler.config.k8s.io/")
"""API groups of files that components read; no published schema has them."""


def machine_problems(root: Path, minor: str) -> list[str]:
    """What the judges say to a machine's tree (`root/etc/...`) for a minor; each problem begins with its file."""
    found = [*systemd.unit_problems(root), *(shell.script_problems(root) if shell.scripts(root) else [])]
    for kind, files in judged(root).items():
        judge = _judges(minor)[kind]
        found += [f"{f.relative_to(root)}: {p}" for f in files for p in judge(f.read_text(encoding="utf-8"))]
    return found


def judged(root: Path) -> dict[str, list[Path]]:
    """Which files which judge would get: `kubeconfig`, `kubelet`, `key-keeper`, `manifest`; and `unreadable` YAML."""
    kinds: dict[str, list[Path]] = {}
    for file in sorted(f for f in root.rglob("*") if f.is_file()):
        kind = _kind(file)
        if kind:
            kinds.setdefault(kind, []).append(file)
    return kinds


def pod_problems(text: str, minor: str) -> list[str]:
    """A manifest against its schema, and a component's flags against what its version knows."""
    problems = manifests.manifest_problems(text, minor)
    return problems or [p for document in strict_yaml.documents(text) for p in _flags(document, minor)]


def _judges(minor: str) -> dict[str, Callable[[str], list[str]]]:
    return {
        "kubeconfig": schemas.kubeconfig_problems,
        "kubelet": partial(names.kubelet_config_problems, minor=minor),
        "key-keeper": schemas.key_keeper_problems,
        "manifest": partial(pod_problems, minor=minor),
        "unreadable": _unreadable,
    }


def _kind(file: Path) -> str:
    try:
        first = next(iter(strict_yaml.documents(file.read_text(encoding="utf-8"))), None)
    except (strict_yaml.YAMLError, UnicodeDecodeError):
        return "unreadable" if file.suffix in {".yaml", ".yml"} else ""
    if not isinstance(first, Mapping):
        return ""
    if first.keys() & {"issuers", "certificates"}:
        return "key-keeper"
    if not {"apiVersion", "kind"} <= first.keys() or str(first["apiVersion"]).startswith(UNJUDGED):
        return ""
    return {"Config": "kubeconfig", "KubeletConfiguration": "kubelet"}.get(first["kind"], "manifest")


def _unreadable(text: str) -> list[str]:
    try:
        strict_yaml.documents(text)
    except strict_yaml.YAMLError as fault:
        return [str(fault)]
    return []


def _flags(pod: Any, minor: str) -> Iterator[str]:
    for container in pod["spec"].get("containers", []) if pod.get("kind") == "Pod" else []:
        component = next((c for c in COMPONENTS if container["name"] == c), None)
        if component == "etcd":
            version = Version.parse(container["image"].rpartition(":")[2])
            yield from names.flag_problems("etcd", etcd.container_flags(container), ".".join(map(str, version.numbers)))
        elif component:
            yield from names.flag_problems(component, etcd.container_flags(container), minor)
