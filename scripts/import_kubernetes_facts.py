"""Makes the compact data about Kubernetes versions from a folder of facts files: `import_kubernetes_facts.py FOLDER`.

Two kinds come out: what the package ships (`cloudgen/kubernetes/releases.json`), and what only the tests need
(`tests/facts/*.json`: the names that each component knows, by minor).
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
COMPONENTS = ("kubelet", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd")
OLDEST = "<="  # "<=1.21" in the facts: it was there before the first minor that they cover


def main(folder: Path) -> None:
    """Read every facts file, write every compact one."""
    facts = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in folder.glob("*.yaml")}
    _write(ROOT / "cloudgen/kubernetes/releases.json", releases(facts["versions"]))
    tests = ROOT / "tests/facts"
    tests.mkdir(parents=True, exist_ok=True)
    _write(tests / "flags.json", flags(facts["flags"]["components"]))
    _write(tests / "feature_gates.json", gates(facts["feature_gates"]["gates"]))
    _write(tests / "kubelet_config.json", fields(facts["kubelet_config"]["fields"]))


def releases(versions: Mapping[str, Any]) -> dict[str, Any]:
    """What goes with a release, as rows that name only the releases at which something changes."""
    minors = versions["minors"]
    labels = versions["node_labels"]
    return {
        "minors": list(minors),
        "preliminary": [minor for minor, row in minors.items() if row.get("status") == "preliminary"],
        "end_of_life": {minor: row["end_of_life"] for minor, row in minors.items() if row.get("end_of_life")},
        "etcd": _changes((since, seen) for minor, row in minors.items() for since, seen in _etcd(minor, row)),
        "pause": _changes((minor, row["pause_image_tag"]) for minor, row in minors.items()),
        "coredns": _changes((since, seen) for minor, row in minors.items() for since, seen in _coredns(minor, row)),
        "crictl": _changes((m, row["crictl_releases"][-1]) for m, row in minors.items() if row["crictl_releases"]),
        "node_labels": {"keys": labels["allowed_keys"], "prefixes": labels["allowed_prefixes"]},
    }


def _etcd(minor: str, row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield minor, row["etcd_image_tag_at_dot0"]
    yield from _seen(row, "etcd")


def _coredns(minor: str, row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    seen = list(_seen(row, "coredns"))
    # Nothing says what the minor began with, so the first version seen in it stands for its beginning.
    yield (
        minor,
        next((s["coredns"] for s in row["kubeadm_defaults_seen"] if "coredns" in s), seen[0][1] if seen else ""),
    )
    yield from seen


def _seen(row: Mapping[str, Any], what: str) -> Iterator[tuple[str, str]]:
    for seen in row["kubeadm_defaults_seen"]:
        if what in seen and "-pre" not in seen["k8s"]:
            yield seen["k8s"], seen[what]


def _changes(rows: Iterable[tuple[str, str]]) -> dict[str, str]:
    kept: dict[str, str] = {}
    last = ""
    for since, value in rows:
        if value and value != last:
            kept[since] = value
            last = value
    return kept


def flags(components: Mapping[str, Any]) -> dict[str, Any]:
    """By component and flag: the first minor (or etcd series) that takes it and the first that refuses it."""
    return {name: {flag: _flag(row) for flag, row in components[name].items()} for name in COMPONENTS}


def _flag(row: Mapping[str, Any]) -> list[Any]:
    # etcd adds flags in patch releases too: such a series names the first patch that has it.
    patches = {s: how["since_patch"] for s, how in row.get("series", {}).items() if isinstance(how, dict)}
    return [*_span(row, "since"), *([patches] if patches else [])]


def gates(rows: Mapping[str, Any]) -> dict[str, Any]:
    """By gate: its span, and since which minor it is locked to which value."""
    return {name: [*_span(row, "first"), *_locks(row["stages"])] for name, row in rows.items()}


def _locks(stages: Iterable[Mapping[str, Any]]) -> Iterator[list[Any]]:
    for stage in stages:
        if stage.get("locked"):
            yield [_minor(stage["from"]), _minor(stage.get("to")), stage["default"]]


def fields(rows: Mapping[str, Any]) -> dict[str, Any]:
    """By path of a KubeletConfiguration field: its span."""
    return {path: _span(row, "added_in") for path, row in rows.items()}


def _span(row: Mapping[str, Any], since: str) -> list[str]:
    return [_minor(row[since]), _minor(row.get("removed_in"))]


def _minor(text: str | None) -> str:
    return "" if text is None or text.startswith(OLDEST) else text


def _write(path: Path, data: Mapping[str, Any]) -> None:
    # One line for each entry: small, and a change is one line of a diff.
    rows = (f"{json.dumps(key)}: {_value(value)}" for key, value in data.items())
    path.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


def _value(value: Any) -> str:
    if isinstance(value, dict) and value and isinstance(next(iter(value.values())), list):
        return "{\n" + ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in value.items()) + "\n}"
    return json.dumps(value)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
