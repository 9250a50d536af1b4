"""Our own strict schemas, for what no tool checks strictly: kubeconfigs and key-keeper's configuration."""

import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import jsonschema

from tests.judges import strict_yaml
from tests.judging import judge, verdict


def kubeconfig_problems(text: str) -> list[str]:
    """What the strict schema, the names in it and kubectl say to a kubeconfig."""
    problems, config = _checked(text, "kubeconfig")
    if problems:
        return problems
    context = {c["name"]: c["context"] for c in config["contexts"]}
    named = {key: [row["name"] for row in config[key]] for key in ("clusters", "users")}
    problems = [
        *_unknown("context", [config["current-context"]], context),
        *_unknown("cluster", [c["cluster"] for c in context.values()], named["clusters"]),
        *_unknown("user", [c["user"] for c in context.values()], named["users"]),
    ]
    return problems or kubectl_problems(text)


def kubectl_problems(text: str) -> list[str]:
    """What kubectl says when it loads a kubeconfig and narrows it to its current context."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "kubeconfig"
        file.write_text(text, encoding="utf-8")
        return verdict([judge("kubectl"), f"--kubeconfig={file}", "config", "view", "--minify"], {"HOME": folder})


def key_keeper_problems(text: str) -> list[str]:
    """What the strict schema and the names in it say to key-keeper's configuration."""
    problems, config = _checked(text, "key_keeper")
    return problems or list(_key_keeper_names(config))


def _key_keeper_names(config: Any) -> Iterator[str]:
    issuers = [issuer["name"] for issuer in config.get("issuers", [])]
    rows = [*config.get("certificates", []), *config.get("secrets", [])]
    yield from _unknown("issuer", [row["issuerRef"]["name"] for row in rows], issuers)
    yield from _twice("issuer", issuers)
    yield from _twice("certificate", [(c["hostPath"], c["name"]) for c in config.get("certificates", [])])
    yield from _twice("secret", [s["hostPath"] for s in config.get("secrets", [])])


def _checked(text: str, schema: str) -> tuple[list[str], Any]:
    try:
        data = strict_yaml.load(text)
    except strict_yaml.YAMLError as fault:
        return [str(fault)], None
    validator = jsonschema.Draft202012Validator(_schema(schema))
    return [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(data)], data


def _schema(name: str) -> Any:
    return json.loads((Path(__file__).parent / f"{name}.schema.json").read_text(encoding="utf-8"))


def _unknown(what: str, used: Iterable[str], known: Iterable[str]) -> list[str]:
    return [f"{what} {name!r} is used and not defined" for name in dict.fromkeys(used) if name not in set(known)]


def _twice(what: str, names: Iterable[Any]) -> list[str]:
    return [f"{what} {name!r} is defined twice" for name, count in Counter(names).items() if count > 1]
