"""Running tests in a throw-away copy of the tree, and reading which of them failed."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

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


def run(mutation: Mutation) -> Result:
    """Make the fault in a copy, run its tests there."""
    return _run(mutation, mutation.caught, "pytest")


def boot(mutation: Mutation) -> Result:
    """The same with its tests of the lab."""
    return _run(mutation, mutation.booted, "tests.lab")


def _run(mutation: Mutation, names: tuple[str, ...], runner: str) -> Result:
    began = time.monotonic()
    with copy() as root:
        mutation.make(root)
        came, said = outcomes(root, names, runner=runner)
    # A machine that does not come up is an error of the fixture that boots it.
    missed = tuple(test for test in names if not came.get(test, set()) & _NOTICED[runner])
    return Result(mutation, missed, time.monotonic() - began, said)


_NOTICED: Final = {"pytest": {"failure"}, "tests.lab": {"failure", "error"}}


def outcomes(
    root: Path, names: Iterable[str], *options: str, runner: str = "pytest"
) -> tuple[dict[str, set[str]], str]:
    """Run tests of a copy: for each test what came of its cases (passed, failure, error, skipped), and all output."""
    report = root / "report.xml"
    argv = [sys.executable, "-m", runner, "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *options, *names]
    # An editable installation of the tree that this is a copy of must not come first.
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
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
def copy() -> Iterator[Path]:
    """A copy of the tree; the judges and the virtual environment are linked."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        root = Path(folder) / "tree"
        shutil.copytree(ROOT, root, ignore=_LEFT_OUT)
        for name in _LINKED:
            if (ROOT / name).exists():
                (root / name).symlink_to((ROOT / name).resolve())
        yield root
