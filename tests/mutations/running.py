"""Running tests in a throw-away copy of the tree, and reading which of them failed."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.judging import ROOT
from tests.mutations.mutation import Mutation

_LEFT_OUT: Final = shutil.ignore_patterns(".*_cache", ".cache", ".git", ".hypothesis", ".venv", "__pycache__", "out")
_LINKED: Final = (".cache", ".venv")
_FAILED: Final = 1
_FINE: Final = 0


class Result(NamedTuple):
    """What came of a mutation."""

    mutation: Mutation
    missed: tuple[str, ...]
    """Tests that should have failed and did not."""
    seconds: float
    said: str


def run(mutation: Mutation, sound: Path) -> Result:
    """Make the fault in a copy of a sound tree, run its tests there."""
    return _run(mutation, sound, mutation.caught, "pytest")


def boot(mutation: Mutation, sound: Path) -> Result:
    """The same with its tests of the lab."""
    return _run(mutation, sound, mutation.booted, "tests.lab")


def _run(mutation: Mutation, sound: Path, names: tuple[str, ...], runner: str) -> Result:
    began = time.monotonic()
    with copy(sound) as root:
        mutation.make(root)
        came, said = outcomes(root, names, runner=runner)
    missed = tuple(test for test in names if "failure" not in came.get(test, ()))
    return Result(mutation, missed, time.monotonic() - began, said)


def outcomes(root: Path, names: Iterable[str], *options: str, runner: str) -> tuple[dict[str, set[str]], str]:
    """Run tests of a copy: for each test what came of its cases (passed, failure, error, skipped), and all output."""
    report = root / "report.xml"
    # What hypothesis tries is the same each time: a fault is noticed always or never.
    fixed = ("-q", "-p", "no:cacheprovider", "--hypothesis-profile=ci", f"--junitxml={report}")
    argv = [sys.executable, "-m", runner, *fixed, *options, *names]
    # An editable installation of the tree that this is a copy of must not come first.
    environment = {**os.environ, "PYTHONPATH": str(root)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # compiled once, in the sound copy: half of the time
    done = subprocess.run(argv, cwd=root, env=environment, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    return (_read(report) if done.returncode in {_FINE, _FAILED} else {}), said


def _read(report: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest's own report of a moment ago
        name = case.get("name", "").partition("[")[0]
        test = f"{case.get('classname', '').replace('.', '/')}.py::{name}"
        kinds = {below.tag for below in case} & {"failure", "error", "skipped"}
        found.setdefault(test, set()).update(kinds or {"passed"})
    return found


@contextmanager
def sound_copy() -> Iterator[Path]:
    """A copy of this tree as it is now; the judges and the virtual environment are linked."""
    with copy(ROOT, ignore=_LEFT_OUT) as root:
        for name in _LINKED:
            if (ROOT / name).exists():
                (root / name).symlink_to((ROOT / name).resolve())
        yield root


@contextmanager
def copy(tree: Path, ignore: Callable[[Any, list[str]], Iterable[str]] | None = None) -> Iterator[Path]:
    """A copy of a tree, thrown away behind its use."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        yield shutil.copytree(tree, Path(folder) / "tree", symlinks=True, ignore=ignore)
