"""The public names of the package."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import cloudgen

ROOT = Path(cloudgen.__file__).parents[1]


def test_every_public_name_is_there():
    """Those that `dir` lists can be had, whatever was imported before."""
    names = [name for name in dir(cloudgen) if not name.startswith("_")]
    assert {"load_spec", "render", "parse", "Spec", "Secrets", "unpack"} <= set(names)
    assert [name for name in names if getattr(cloudgen, name, None) is None] == []


def test_no_public_name_is_that_of_a_module():
    """Importing the module would put it into the name's place."""
    modules = {path.stem for path in Path(cloudgen.__file__).parent.glob("*")}
    assert set(cloudgen._FOUND) & modules == set()  # noqa: SLF001 - the table itself


def test_an_unknown_name_is_an_attribute_error():
    """As for any module."""
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = cloudgen.nothing


def test_importing_costs_nothing():
    """`import cloudgen` imports nothing else of it, and nothing of its dependencies."""
    code = "import json, sys, cloudgen; print(json.dumps([*sys.modules]))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=ROOT)
    names = {
        name for name in json.loads(out.stdout) if name.partition(".")[0] in {"cloudgen", "pydantic", "yaml", "typer"}
    }
    assert names == {"cloudgen"}


def test_the_version_is_the_package_s():
    """The one that pyproject.toml says."""
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == cloudgen.__version__
