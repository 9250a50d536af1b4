"""Secrets stay out of git: a file inside a work tree is refused, unless git ignores it."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from cloudgen.edge.reading import real, refused

_PATIENCE: Final = 20


def refuse_tracked(path: Path) -> None:
    """Raises `Refused` where git could take the file along."""
    place = (real(str(path.parent)) or path.parent) / path.name
    root = next((folder for folder in place.parents if (folder / ".git").exists()), None)
    if root is None:
        return
    git = shutil.which("git")
    if git is None:
        raise refused(f"{path} is inside the git work tree {root}", "choose a place outside: there is no git to ask")
    if not _ignored(git, root, place):
        message = f"{path} is inside the git work tree {root}, and git does not ignore it"
        raise refused(message, "choose a place outside, or name it in .gitignore")


def _ignored(git: str, root: Path, place: Path) -> bool:
    # The work tree is the one that the file is in, whatever the environment says; and git needs no token.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "VAULT_", "BAO_"))}
    argv = [git, "-C", str(root), "check-ignore", "--quiet", "--", str(place)]
    try:
        done = subprocess.run(  # noqa: S603 - git, found in PATH, and a path behind --
            argv, env=environment, capture_output=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
