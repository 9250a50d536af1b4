"""What outlives namespaces: control groups and loop devices, named after the run that made them."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

HIERARCHIES: Final = Path("/sys/fs/cgroup")
_PREFIX: Final = "cloudgen-lab-"
_RUN: Final = re.compile(rf"{_PREFIX}(\d+)-")


def name(what: str) -> str:
    """A name that tells this run, which is called after the process that cleans up behind it."""
    return f"{_PREFIX}{os.environ['CLOUDGEN_LAB']}-{what}"


def sweep() -> None:
    """Take away what runs left that are no more, and this process's own."""
    for group in HIERARCHIES.glob(f"*/{_PREFIX}*"):
        if _is_over(group.name):
            remove(group)
    for line in _call("losetup", "--list", "--noheadings", "--output", "NAME,BACK-FILE").splitlines():
        device, _, file = line.strip().partition(" ")
        if _is_over(file):
            _call("losetup", "--detach", device)


def _is_over(text: str) -> bool:
    found = _RUN.search(text)
    return found is not None and (found[1] == str(os.getpid()) or not Path(f"/proc/{found[1]}").exists())


def remove(group: Path) -> None:
    """A control group and all below, from the leaves on; the dead may take a moment to leave."""
    for folder in _leaves_first(group):
        for _ in range(40):
            try:
                folder.rmdir()
            except FileNotFoundError:
                break
            except OSError:
                time.sleep(0.05)
            else:
                break


def _leaves_first(group: Path) -> Iterator[Path]:
    if group.is_dir():
        for below in group.iterdir():
            if below.is_dir():
                yield from _leaves_first(below)
        yield group


def _call(*argv: str) -> str:
    return subprocess.run(argv, check=False, capture_output=True, text=True).stdout
