"""Commands of the machine: with fixed words, bounded in time, never through a shell."""

import json
import os
import subprocess
from collections.abc import Iterator
from typing import Any, Final

_TIMEOUT: Final = 20
_PROPERTIES: Final = "Id,LoadState,UnitFileState,ActiveState,SubState,Result,Type"


def said(*argv: str, folder: str = "") -> str | None:
    """What a command printed; nothing where it is missing, fails or takes too long. `folder` is searched first."""
    path = os.pathsep.join(filter(None, (folder, os.environ.get("PATH", os.defpath))))
    try:
        done = subprocess.run(  # noqa: S603 - no word of it is a user's
            argv,
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_TIMEOUT,
            env={"PATH": path, "LC_ALL": "C"},
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace")


def shown_units(names: tuple[str, ...]) -> list[dict[str, str]]:
    """What `systemctl show` tells of units."""
    text = said("systemctl", "show", f"--property={_PROPERTIES}", "--", *names) or ""
    return [dict(_pairs(block)) for block in text.split("\n\n")]


def _pairs(block: str) -> Iterator[tuple[str, str]]:
    for line in block.splitlines():
        name, _, value = line.partition("=")
        yield name, value


def failed_units() -> list[str]:
    """Every unit that failed."""
    text = said("systemctl", "list-units", "--state=failed", "--plain", "--no-legend", "--no-pager") or ""
    return [line.split()[0] for line in text.splitlines() if line.split()]


def resolves(name: str) -> bool:
    """Whether the machine knows a name, by whatever it asks."""
    return said("getent", "ahosts", "--", name) is not None


def containers(folder: str) -> Any:
    """What `crictl` lists, or nothing."""
    text = said("crictl", "ps", "-a", "-o", "json", folder=folder)
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None
