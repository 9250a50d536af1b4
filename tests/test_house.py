"""The rules of the house that no linter knows: docs/decisions/0001-the-house.md."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from cloudgen import spec
from cloudgen.component import Component
from cloudgen.encoders import ENCODERS
from cloudgen.packings import PACKINGS
from cloudgen.providers import PROVIDERS

PACKAGE = Path(spec.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
CORE = [path for path in SOURCES if "edge" not in path.relative_to(PACKAGE).parts]
TEXTS = sorted(path for path in PACKAGE.rglob("*") if path.suffix in {".py", ".yaml", ".j2", ".sh"})
WORLD = {
    "asyncio", "concurrent", "getpass", "glob", "http", "locale", "multiprocessing", "os", "pathlib", "platform",
    "random", "requests", "secrets", "shutil", "socket", "subprocess", "sys", "tempfile", "threading", "time", "uuid",
    "hvac", "typer",
}  # fmt: skip
BORROWED = {"openstack": {"seeds/config_drive.py"}}
"""A config drive's folder has this name on every machine, whoever made it."""
LONGEST_FILE = 250
LONGEST_FUNCTION = 30
MEDIAN_FUNCTION = 14


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            yield node


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module


def named(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_rooms_are_small(path):
    """A file holds at most 250 lines and a function at most 30."""
    assert len(path.read_text().splitlines()) <= LONGEST_FILE
    long = [f.name for f in functions(path) if f.end_lineno and f.end_lineno - f.lineno + 1 > LONGEST_FUNCTION]
    assert long == []


def test_the_median_function_is_short():
    """Half of all functions have at most 14 lines."""
    lengths = [f.end_lineno - f.lineno + 1 for path in SOURCES for f in functions(path) if f.end_lineno]
    assert median(lengths) <= MEDIAN_FUNCTION


@pytest.mark.parametrize("path", [p for p in CORE if p.name != "resources.py"], ids=named)
def test_the_core_is_pure(path):
    """No module below the edge imports what reaches clock, environment, disk, chance, network or threads."""
    touched = {name for name in imported(path) if name.partition(".")[0] in WORLD or name == "urllib.request"}
    assert touched == set()
    assert re.search(r"\.(now|today|utcnow|fromtimestamp)\(|\bopen\(", path.read_text()) is None


@pytest.mark.parametrize("path", [p for p in SOURCES if p.name != "release.py"], ids=named)
def test_only_one_room_compares_versions(path):
    """Outside of release.py no code compares a Kubernetes release with another."""
    text = path.read_text()
    assert re.search(r"(release|version)\w*(\.minor|\.numbers)?\s*(<|>|<=|>=)\s", text) is None


def test_one_name_five_places():
    """A component's YAML key, file and class are one name in three spellings."""
    files = {path.stem for path in (PACKAGE / "components").glob("*.py")} - {"__init__"}
    fields = {}
    for name, field in spec.Spec.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Component):
            fields[name] = kind
            assert kind.__name__ == "".join(part.capitalize() for part in name.split("_"))
            assert kind.__module__ == f"cloudgen.components.{name}"
            head, *rest = name.split("_")
            assert field.alias == head + "".join(part.capitalize() for part in rest)
    assert set(fields) == files


@pytest.mark.parametrize(
    ("folder", "table"), [("encoders", ENCODERS), ("packings", PACKINGS), ("providers", PROVIDERS)]
)
def test_a_new_thing_is_a_file_and_a_line(folder, table):
    """Every file of a folder stands in its table under its own name."""
    files = {path.stem for path in (PACKAGE / folder).glob("[a-z]*.py")}
    assert {name.replace("-", "_") for name in table} == files


@pytest.mark.parametrize("name", sorted(set(PROVIDERS) - {"generic"}))
def test_a_provider_is_known_in_its_file_alone(name):
    """A provider's name occurs in the package only in its own files (a cloud may have two rows) and in the table."""
    tellers = {named(path) for path in TEXTS if re.search(rf"\b{name}\b", path.read_text(), re.IGNORECASE)}
    assert {teller for teller in tellers if not teller.startswith(f"providers/{name.replace('-', '_')}")} <= {
        "providers/__init__.py",
        *BORROWED.get(name, ()),
    }


@pytest.mark.parametrize("name", sorted(name for name in PACKINGS if "-" in name))
def test_a_packing_is_known_in_its_file_alone(name):
    """A packing's name occurs in the package only in its own file, in the table, and in what providers carry."""
    tellers = {named(path) for path in TEXTS if re.search(rf"\b{name}\b", path.read_text(), re.IGNORECASE)}
    allowed = {f"packings/{name.replace('-', '_')}.py", "packings/__init__.py"}
    assert {teller for teller in tellers if not teller.startswith("providers/")} <= allowed


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_structured_text_is_dumped_never_templated(path):
    """Jinja2 makes units and prose; YAML, JSON and TOML come from the dumper."""
    templates = [p.name for p in path.parent.glob("*.j2")]
    assert not [name for name in templates if re.search(r"\.(ya?ml|json|toml)\.j2$", name)]


def test_scripts_are_static():
    """Shell scripts hold no template syntax: they read their settings from files."""
    scripts = sorted((PACKAGE / "scripts").glob("*.sh"))
    assert scripts
    assert [path.name for path in scripts if re.search(r"\{\{|\{%", path.read_text())] == []
