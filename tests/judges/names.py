"""The tables of known names as a judge: flags, feature gates and KubeletConfiguration fields of a minor."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.judges import strict_yaml
from tests.known_facts import known_flags, known_gates, known_kubelet_fields, locked_gates


def flag_problems(component: str, arguments: Iterable[str], minor: str) -> list[str]:
    """Flags (`--name=value`) that a component of a minor would refuse, and gates in them likewise."""
    known = known_flags(component, minor)
    split = [argument.removeprefix("--").partition("=") for argument in arguments if argument.startswith("--")]
    problems = [f"{component} {minor} has no flag --{name}" for name, _, _ in split if name not in known]
    gates = [value for name, _, value in split if name == "feature-gates" and component != "etcd"]
    return problems + [p for value in gates for p in gate_problems(_gates(value), minor)]


def gate_problems(gates: Mapping[str, bool], minor: str) -> list[str]:
    """Feature gates that stop every component of a minor: unknown ones, and locked ones set to another value."""
    known, locked = known_gates(minor), locked_gates(minor)
    unknown = [f"{minor} has no feature gate {name}" for name in gates if name not in known]
    return unknown + [
        f"feature gate {name} is locked to {locked[name]} in {minor}"
        for name, value in gates.items()
        if name in locked and value is not locked[name]
    ]


def kubelet_config_problems(text: str, minor: str) -> list[str]:
    """What a strict kubelet of a minor would say to its configuration file: unknown fields, equal keys, gates."""
    try:
        config = strict_yaml.load(text)
    except strict_yaml.YAMLError as fault:
        return [str(fault)]
    head = {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration"}
    wrong = [f"{key} is not {value}" for key, value in head.items() if config.pop(key, None) != value]
    unknown = _unknown_fields(config, "", known_kubelet_fields(minor))
    fields = [f"KubeletConfiguration of {minor} has no field {path}" for path in unknown]
    return wrong + fields + gate_problems(config.get("featureGates") or {}, minor)


def _unknown_fields(value: Any, path: str, known: frozenset[str]) -> Iterator[str]:
    if path and path not in known:
        yield path
    elif isinstance(value, Mapping) and (not path or _has_children(path, known)):
        for key, inner in value.items():
            yield from _unknown_fields(inner, f"{path}.{key}" if path else str(key), known)
    elif isinstance(value, list) and _has_children(f"{path}[]", known):
        for item in value:
            for key, inner in item.items():
                yield from _unknown_fields(inner, f"{path}[].{key}", known)


def _has_children(path: str, known: frozenset[str]) -> bool:
    # A map whose keys are free (evictionHard, featureGates) has none in the table.
    return any(other.startswith(f"{path}.") for other in known)


def _gates(value: str) -> dict[str, bool]:
    pairs = (pair.partition("=") for pair in value.split(",") if pair)
    return {name: setting.lower() == "true" for name, _, setting in pairs}
