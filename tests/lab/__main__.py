"""`python -m tests.lab [ARGUMENTS OF PYTEST]`: the lab's tests in network, mount and process namespaces of their own.

Nothing that they start can reach another network, and the kernel ends processes, mounts and network cards with the
namespaces, however the run ends. What namespaces do not hold, cgroups and loop devices, is taken away here.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Final

from tests.lab.leftovers import sweep
from tests.lab.needs import lacking

_ROOT: Final = Path(__file__).resolve().parents[2]
_OWN_WORLD: Final = ("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
_REAPER: Final = ("sh", "-c", '"$@"; exit $?', "lab")
"""The first process of a process namespace inherits all orphans."""


_WORLDS: Final = (("tests/lab", "--ignore=tests/lab/three"), ("tests/lab/three",))
"""At the same time: machines wait more than they work."""


def main() -> int:
    """Pytest's exit code, the gravest."""
    worlds = (tuple(sys.argv[1:]),) if sys.argv[1:] else _WORLDS
    if lacking():
        # Shown by the tests, which skip; where the lab is required that is not enough.
        skipped = subprocess.run(_tests(("tests/lab",)), cwd=_ROOT, check=False).returncode
        return skipped or os.environ.get("CLOUDGEN_JUDGES") == "required"
    sweep()
    # What the lab is made of comes from Debian's mirror, the first time: while there is a network.
    subprocess.run([sys.executable, "-m", "tests.lab.parts.prepare"], cwd=_ROOT, check=True)
    try:
        with ExitStack() as stack:
            logs = [stack.enter_context(tempfile.TemporaryFile("w+")) for _ in worlds[1:]]
            processes = [_start(world, log) for world, log in zip(worlds, (None, *logs), strict=True)]
            stack.callback(_stop, processes)
            code = max(process.wait() for process in processes)
            for log in logs:
                log.seek(0)
                sys.stdout.write(log.read())
            return code
    finally:
        sweep()


def _tests(arguments: Sequence[str]) -> tuple[str, ...]:
    return (sys.executable, "-m", "pytest", "-m", "lab", *arguments)


def _start(world: Sequence[str], log: IO[str] | None) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "CLOUDGEN_LAB": str(os.getpid())}
    argv = [*_OWN_WORLD, *_REAPER, *_tests(world)]
    return subprocess.Popen(argv, cwd=_ROOT, env=environment, stdout=log, stderr=log)


def _stop(processes: Sequence["subprocess.Popen[bytes]"]) -> None:
    for process in processes:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
