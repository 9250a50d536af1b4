"""The examples: each loads without an error, and its machines are goldens in clear text."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from cloudgen import bundle, resources
from cloudgen.assemble import lower
from cloudgen.edge.opened import Opened, open_spec, rendered
from cloudgen.encoders import ENCODERS
from cloudgen.generate import build
from cloudgen.pieces import File, Node, Package, Piece
from cloudgen.report import Severity
from cloudgen.secrets import PLACEHOLDERS
from tests.clear import clear
from tests.known_facts import known_flags

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.yaml"))
FIRST = ("article", "master-0")
"""The one golden that holds the scripts too; in the others a line stands for each."""
OTHER = {"full": "epsilon", "openstack": "master-1"}
"""A further machine where one differs from the first in more than its name and address."""


@cache
def opened(example: str) -> Opened:
    """An example as the command line opens it."""
    return open_spec(str(ROOT / "examples" / f"{example}.yaml"))


def machines(example: str) -> list[str]:
    """The machines that have a golden."""
    spec = opened(example).spec
    assert spec is not None
    return [spec.masters[0].name, *([OTHER[example]] if example in OTHER else [])]


def native(example: str) -> str:
    """The format that an example asks for."""
    spec = opened(example).spec
    assert spec is not None
    return spec.encoder.name


def built(example: str, machine: str) -> Node:
    """A machine of an example."""
    spec = opened(example).spec
    assert spec is not None
    return build(spec, machine)[0]


def script(file: File) -> str:
    """The name of the package's script that a file is, if it is one."""
    return Path(file.path).name if file.path.endswith(".sh") and "/cloudgen/" in file.path else ""


def without_scripts(piece: Piece) -> Piece:
    """A piece that a change of a script leaves as it is."""
    if not isinstance(piece, File) or not isinstance(piece.content, str):
        return piece
    if script(piece):
        return replace(piece, content=f"# as in {'-'.join(FIRST)}\n")
    named = piece.content.replace(bundle.checksum(), "CHECKSUM")
    return replace(piece, content=named.replace(bundle.file_name(), "cloudgen-scripts-CHECKSUM.tar"))


CASES = [(example, machine) for example in EXAMPLES for machine in machines(example)]
GOLDENS = [
    (example, machine, form)
    for example, machine in CASES
    for form in ("cloud-config", "ignition")
    if form == native(example) or (example, machine) == FIRST
]


def test_there_are_examples():
    """The article's cluster, the shortest, the fullest, and other clouds, the narrowest of all among them."""
    assert {"article", "minimal", "full", "openstack", "aws"} <= set(EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_sound(example):
    """No error, and no warning but that addresses are only examples; it fits its carrier."""
    found = opened(example)
    assert found.spec is not None, found.report
    report = found.report
    for made in rendered(found):
        report += made.report
    said = [problem.message for problem in report if problem.severity is not Severity.INFO]
    assert [message for message in said if not message.endswith("is only an example")] == []


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_says_what_it_shows(example):
    """Two to four lines of comment come first, of no more than 120 characters."""
    lines = (ROOT / "examples" / f"{example}.yaml").read_text().splitlines()
    head = next(index for index, line in enumerate(lines) if not line.startswith("#"))
    assert 2 <= head <= 4
    assert max(map(len, lines)) <= 120


@pytest.mark.parametrize(("example", "machine", "form"), GOLDENS)
def test_machines_of_an_example(example, machine, form, golden):
    """What travels, before it is packed; Ignition's data URLs as the lines that they hold."""
    node = built(example, machine)
    if (example, machine) != FIRST:
        node = node.with_pieces(tuple(map(without_scripts, node.pieces)))
    text = ENCODERS[form].encode(node, PLACEHOLDERS)
    if form == "ignition":
        assert clear(text) == golden(name=f"{example}-{machine}.{form}.json")
    else:
        assert text == golden(name=f"{example}-{machine}.{form}.yaml")


@pytest.mark.parametrize(("example", "machine"), CASES)
def test_formats_say_the_same(example, machine):
    """A machine is the same set of files, modes, owners, units, users, disks and commands, whatever carries it."""
    node = built(example, machine)
    read = [encoder.decode(encoder.encode(node, PLACEHOLDERS)) for encoder in ENCODERS.values()]
    first, *others = [[piece for piece in found.pieces if not isinstance(piece, Package)] for found in read]
    assert first
    assert [other == first for other in others] == [True]


@pytest.mark.parametrize(("example", "machine"), CASES)
def test_scripts_are_the_package_s(example, machine):
    """Every machine bears the same scripts, byte for byte, or the one that fetches them."""
    scripts = [file for file in lower(built(example, machine)).of(File) if script(file)]
    assert len(scripts) >= 8 or list(map(script, scripts)) == ["fetch.sh"]
    for file in scripts:
        assert (file.content, file.mode) == (resources.text(f"scripts/{script(file)}"), 0o755)


def test_the_fullest_uses_nearly_every_section():
    """A section that nobody shows is forgotten in the examples."""
    spec = opened("full").spec
    assert spec is not None
    unused = set(type(spec).model_fields) - spec.model_fields_set
    assert unused <= {"format", "format_version", "kubeconfigs", "vault_server"}


def test_flags_of_the_fullest_exist():
    """Flags that the example adds are known to its release."""
    spec = opened("full").spec
    assert spec is not None
    for component in ("kubelet", "kube_apiserver", "kube_controller_manager", "kube_scheduler"):
        extra = getattr(spec, component).extra_args
        assert set(extra) <= known_flags(component.replace("_", "-"), spec.release.series)
