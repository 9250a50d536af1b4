"""The judges over whole machines: of every example, and of a generated spec of every minor."""

import json
import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from random import Random

import pytest
from cryptography import x509

from cloudgen import bundle, resources
from cloudgen.encoders import ENCODERS
from cloudgen.generate import build
from cloudgen.kubernetes import known_minors
from cloudgen.pieces import File
from cloudgen.secrets import PLACEHOLDERS
from tests.generated import sections
from tests.judges import cloud_init, etcd, ignition, machine, shell, strict_yaml
from tests.specs import MANIFESTS, PEM, content, spec, write_tree
from tests.test_envfile import environment_file
from tests.test_examples import CASES, built, opened

pytestmark = pytest.mark.judge

PODS = ["etcd.yaml", "kube-apiserver.yaml", "kube-controller-manager.yaml", "kube-scheduler.yaml"]
TABLES = ("downloads", "issuers", "pki")
CRICTL = re.compile(r"runtime-endpoint: (unix:///\S+)\nimage-endpoint: \1\n")
SETTINGS = re.compile(r"\[[A-Z][a-z]+\]\n([A-Z][A-Za-z]+=\S+\n)+")
LINES = (
    "hosts",
    "names",
    "node-labels",
    "units",
    "k8s.conf",
    "99-network.conf",
    "cloudgen.sources",
    "chrony.conf",
    "95cloudgen-proxy",
)


def others(root: Path) -> list[Path]:
    """Files of a machine that none of its judges has read."""
    kinds = machine.judged(root)
    read = {file for files in kinds.values() for file in files} | set(shell.scripts(root))
    units = set((root / "etc/systemd/system").rglob("*"))
    return sorted(file for file in root.rglob("*") if file.is_file() and file not in read | units)


def fault(file: Path) -> str:
    """What is wrong with one of the other files, by its kind; and a kind that is unknown is wrong."""
    text = file.read_text()
    rows = [line.split("\t") for line in text.splitlines()]
    if text.startswith("cloudgen:placeholder:") or file.name == "audit-policy.yaml":
        sound = True
    elif file.suffix == ".toml":
        sound = bool(tomllib.loads(text))
    elif file.name == "crictl.yaml":
        sound = bool(CRICTL.fullmatch(text))
    elif file.parent.name.endswith(".conf.d") and file.parent.parent.name == "systemd":
        sound = bool(SETTINGS.fullmatch(text))
    elif file.suffix == ".env":
        sound = bool(environment_file(text))
    elif file.suffix in {".pem", ".crt"}:
        # What a generated spec attaches is no real certificate.
        sound = text == PEM or bool(x509.load_pem_x509_certificates(text.encode()))
    elif file.name in TABLES:
        sound = len({len(row) for row in rows}) == 1 and all(all(row) for row in rows)
    elif file.name in LINES:
        sound = all(re.fullmatch(r"\S+([ \t]\S+)*", line) for line in text.splitlines())
    else:
        return "nobody judges it"
    return "" if sound else "not what it should be"


def unsound(root: Path, minor: str, own: Collection[str] = ()) -> list[str]:
    """What all judges say to a machine's tree; the user's own files are the user's."""
    problems = machine.machine_problems(root, minor)
    rest = {str(file.relative_to(root)): fault(file) for file in others(root)}
    return problems + [f"{name}: {said}" for name, said in rest.items() if said and f"/{name}" not in own]


def names_of(kinds: Mapping[str, list[Path]]) -> dict[str, list[str]]:
    """The names of the files that each judge has read."""
    return {kind: sorted(file.name for file in files) for kind, files in kinds.items()}


def fetch(root: Path) -> None:
    """The scripts that a machine fetches before anything needs them."""
    folder = root / "usr/local/lib/cloudgen"
    if (folder / "fetch.sh").exists():
        for name in bundle.SCRIPTS:
            (folder / f"{name}.sh").write_text(resources.text(f"scripts/{name}.sh"))
            (folder / f"{name}.sh").chmod(0o755)


@pytest.mark.parametrize(("example", "name"), CASES)
def test_a_machine_of_an_example(example, name, tmp_path):
    """Units, scripts, manifests, kubeconfigs, configurations, tables: every file has its judge, and none objects."""
    found = opened(example).spec
    assert found is not None
    node = built(example, name)
    root = write_tree(node, tmp_path)
    fetch(root)
    own = {file.path for file in node.of(File) if file.origin[:1] == ("files",)}
    assert unsound(root, found.release.series, own) == []
    kinds = names_of(machine.judged(root))
    assert set(PODS) <= set(kinds["manifest"])
    assert kinds["kubelet"] == ["config.yaml"]
    assert kinds["key-keeper"] == ["vault-config"]
    assert kinds["kubeconfig"].count("kubeconfig") == 3
    assert kinds.keys() == {"manifest", "kubelet", "key-keeper", "kubeconfig"}


@pytest.mark.parametrize(("example", "name"), CASES)
def test_an_example_is_taken_in_every_format(example, name):
    """cloud-init's own schema, in every version at hand, and ignition-validate."""
    node = built(example, name)
    texts = {form: encoder.encode(node, PLACEHOLDERS) for form, encoder in ENCODERS.items()}
    assert cloud_init.schema_problems(texts["cloud-config"]) == []
    assert ignition.problems(texts["ignition"]) == []


@pytest.mark.parametrize("minor", known_minors())
def test_a_machine_of_a_minor(minor, tmp_path):
    """A generated spec of each minor: the same judges, but for the scripts, which are the same everywhere."""
    chance = Random(minor)  # noqa: S311 - no secret
    made = spec(**sections(chance, minor))
    node, report = build(made, chance.choice(made.masters).name)
    assert not report.failed
    root = write_tree(node, tmp_path)
    for script in (root / "usr/local/lib/cloudgen").glob("*.sh"):
        script.write_text("#!/bin/sh\n")
    assert unsound(root, minor) == []
    assert set(PODS) <= set(names_of(machine.judged(root))["manifest"])


def test_a_machine_of_the_rhel_family(tmp_path):
    """No example shows it: the same judges, its servers of the time among the files."""
    made = spec(host={"family": "rhel", "time": {"servers": ["ntp.example.org"]}, "trustedCas": {"a": "ca.pem"}})
    node, report = build(made, "master-0")
    assert not report.failed
    root = write_tree(node, tmp_path)
    for script in (root / "usr/local/bin/cloudgen").glob("*.sh"):
        script.write_text("#!/bin/sh\n")
    assert unsound(root, made.release.series) == []


def test_a_forgotten_file_is_told(tmp_path):
    """The net has no hole: a file that no judge knows is told by name."""
    node, _ = build(spec(files=[{"path": "/etc/strange", "content": "x\n"}]), "master-0")
    assert unsound(write_tree(node, tmp_path), "1.30") == ["etc/strange: nobody judges it"]


@pytest.mark.parametrize("series", ["3.4", "3.5"])
def test_etcd_starts_with_the_manifest_s_flags(series, tmp_path):
    """Each real etcd takes the flags, becomes healthy, and lets nobody in without a certificate."""
    for index, binary in enumerate(etcd.etcds(series)):
        text = content(f"{MANIFESTS}/etcd.yaml", etcd={"version": binary.version.bare})
        flags = etcd.manifest_flags(text)
        folder = tmp_path / str(index)
        folder.mkdir()
        assert binary.flag_problems(flags) == []
        assert binary.start_problems(flags, folder) == []
        alive = strict_yaml.load(text)["spec"]["containers"][0]["livenessProbe"]["httpGet"]["path"]
        assert alive == ("/livez" if binary.version.numbers > (3, 5, 10) else "/metrics")


def test_the_example_of_the_schema_is_a_document():
    """Examples are JSON-like data throughout: no tags, no aliases, nothing that another reader would take otherwise."""
    for example in sorted({example for example, _ in CASES}):
        text = (Path(__file__).parent.parent / "examples" / f"{example}.yaml").read_text()
        assert json.loads(json.dumps(strict_yaml.load(text)))["apiVersion"] == "cloudgen/v1alpha1"
