"""Ignition itself: Debian's validator, and the engine's own stages, which write into a copy of this system.

It is 2.14, which knows the specifications up to 3.3.0, and 3.4.0 as an experiment: for the judge alone, the version of
a config is rewritten to that. What 3.5.0 and 3.6.0 changed is not judged; nothing is written that they brought. Nor are
modes with special bits: they came with 2.15, and 2.14 forgets them without a word.
"""

import os
import re
import tempfile
from pathlib import Path

import pytest

from tests.judging import judge, missing, verdict

ENGINE = Path("/usr/lib/dracut/modules.d/30ignition/ignition")
STAGES = Path(__file__).with_name("ignition_stages.sh")


def problems(text: str) -> list[str]:
    """What `ignition-validate` says to a config: warnings count."""
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(known(text))
        file.flush()
        return verdict([judge("ignition-validate"), file.name], says="warning")


def written(text: str, out: Path) -> Path:
    """The files and folders that the engine's stages write, with their modes and owners."""
    tree = out / "tree"
    tree.mkdir()
    stages(known(text).encode(), out / "config.ign", "-", tree)
    return tree


def stages(user_data: bytes, config: Path, *into: Path | str) -> None:
    """Let the engine write into a root, or over this system; the file of the config is made for it."""
    if not ENGINE.exists():
        missing("ignition")
    if os.geteuid():
        pytest.skip("the engine's stages need root")
    config.write_bytes(user_data)
    own = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    said = verdict([*own, STAGES, ENGINE, config, *into])
    assert said == [], "\n".join(line for line in said if not line.startswith((" ", "{", "}")))


def known(text: str) -> str:
    """A config in a version that this Ignition knows."""
    return re.sub(r'("version": ?)"3\.[4-9]\.0"', r'\1"3.4.0-experimental"', text, count=1)
