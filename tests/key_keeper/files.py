"""How key-keeper writes: over what is there, not atomically, open to all but for the umask."""

import os
from pathlib import Path


def read(path: str) -> str:
    """The whole file, nothing for one that is not there."""
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def write(path: str, text: str, mode: int = 0o644) -> None:
    """Truncate and write; folders are made 0777, both under the process's umask."""
    folder = Path(path).parent
    for missing in reversed([f for f in (folder, *folder.parents) if not f.exists()]):
        missing.mkdir(0o777, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)
