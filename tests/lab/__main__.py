"""`python -m tests.lab [ARGUMENTS OF PYTEST]`: the lab's tests in network, mount and process namespaces of their own.

Nothing that they start can reach another network, and the kernel ends processes, mounts and network cards with the
namespaces, however the run ends. What namespaces do not hold, cgroups and loop devices, is taken away here.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.lab.leftovers import sweep
from tests.lab.needs import lacking

_ROOT: Final = Path(__file__).resolve().parents[2]
_OWN_WORLD: Final = ("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
_REAPER: Final = ("sh", "-c", '"$@"; exit $?', "lab")
"""The first process of a process namespace inherits all orphans."""


def main() -> int:
    """Pytest's exit code."""
    tests = (sys.executable, "-m", "pytest", "-m", "lab", *(sys.argv[1:] or ["tests/lab"]))
    if lacking():
        # Shown by the tests, which skip; where the lab is required that is not enough.
        skipped = subprocess.run(tests, cwd=_ROOT, check=False).returncode
        return skipped or os.environ.get("CLOUDGEN_JUDGES") == "required"
    sweep()
    # What the lab is made of comes from Debian's mirror, the first time: while there is a network.
    subprocess.run([sys.executable, "-m", "tests.lab.parts.prepare"], cwd=_ROOT, check=True)
    environment = {**os.environ, "CLOUDGEN_LAB": str(os.getpid())}
    try:
        return subprocess.run([*_OWN_WORLD, *_REAPER, *tests], cwd=_ROOT, env=environment, check=False).returncode
    finally:
        sweep()


if __name__ == "__main__":
    sys.exit(main())
