"""kubernetes-validate: manifests against the strict schema of their minor. Two releases of it: old and new schemas."""

import tempfile
from pathlib import Path

from tests.judges import strict_yaml
from tests.judging import missing, places, verdict

SCHEMAS = "lib/python3*/site-packages/kubernetes_validate/kubernetes-json-schema"


def schema_minors() -> dict[str, Path]:
    """The minors that have a schema, and the validator that brings it; a newer release of it is preferred."""
    minors: dict[str, Path] = {}
    usual = ("judges-old/bin/kubernetes-validate", "judges/bin/kubernetes-validate")
    for validator in places("CLOUDGEN_KUBERNETES_VALIDATE", *usual):
        for schema in sorted(validator.parent.parent.glob(f"{SCHEMAS}/v*-local-strict")):
            minors[schema.name.removeprefix("v").split(".0-")[0]] = validator
    return minors


def manifest_problems(text: str, minor: str) -> list[str]:
    """What the schema of a minor says to manifests; unknown fields, unknown kinds and equal keys count."""
    validator = schema_minors().get(minor)
    if validator is None:
        missing(f"kubernetes-validate with the schemas of {minor}")
    try:
        count = len(strict_yaml.documents(text))
    except strict_yaml.YAMLError as fault:
        return [str(fault)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "manifest.yaml"
        file.write_text(text, encoding="utf-8")
        problems = verdict([validator, "--strict", "-k", minor, file], says="WARN ")
    return [p.replace(str(file), "manifest") for p in problems] if count else ["no manifest: nothing was judged"]
