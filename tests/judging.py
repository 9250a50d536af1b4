"""Where the outside tools are: `judge(name)` finds one, or skips the test; under CLOUDGEN_JUDGES=required it fails."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
"""Where `.ci/judges.sh` unpacks them; the environment may name other places."""


def judge(name: str) -> str:
    """The path of an outside tool: named by the environment, from the judges' own virtual environment, or in PATH."""
    named = os.environ.get(f"CLOUDGEN_{name.upper().replace('-', '_')}")
    found = named or shutil.which(name, path=str(CACHE / "judges/bin")) or shutil.which(name)
    return found or missing(name)


def places(variable: str, *usual: str) -> list[Path]:
    """Existing places of a judge of several versions: from a variable of the environment, or the usual ones."""
    named = os.environ.get(variable, "")
    candidates = [Path(p) for p in named.split(":")] if named else [CACHE / p for p in usual]
    return [place for place in candidates if place.exists()]


def missing(name: str, remedy: str = "run .ci/judges.sh, or install it") -> NoReturn:
    """Skip visibly, or fail where the judges are required (in CI)."""
    if os.environ.get("CLOUDGEN_JUDGES") == "required":
        pytest.fail(f"judge {name!r} is missing", pytrace=False)
    pytest.skip(f"judge {name!r} is missing: {remedy}")


def verdict(argv: Sequence[str | Path], environment: dict[str, str] | None = None, *, says: str = "") -> list[str]:
    """Run a judge: nothing where it agrees, what it said where it does not (or where it says `says`)."""
    done = subprocess.run(
        [str(a) for a in argv],
        env={**os.environ, "LC_ALL": "C.UTF-8", **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode == 0 and not (says and says in done.stdout):
        return []
    return [line for line in done.stdout.splitlines() if line.strip()] or [f"exit code {done.returncode}, no word"]
