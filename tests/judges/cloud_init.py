"""cloud-init itself, in every version at hand: the system's and newer ones, unpacked beside it."""

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.judging import judge, missing, places, verdict


@dataclass(frozen=True, slots=True)
class CloudInit:
    """One cloud-init: the system's where `root` is None, else a package unpacked there."""

    name: str
    root: Path | None = None

    def schema(self, text: str, *arguments: str) -> list[str]:
        """What `cloud-init schema` says to a text."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "config.yaml"
            file.write_text(text, encoding="utf-8")
            problems = verdict([*self._argv(), "schema", *arguments, "--config-file", file], self._environment())
        return [f"{self.name}: {problem}" for problem in problems]

    def runs(self, program: str, data: bytes = b"", *arguments: object) -> str:
        """What a Python program prints that imports its modules, and has `data` on stdin."""
        done = subprocess.run(
            ["/usr/bin/python3", "-c", program, *map(str, arguments)],
            input=data,
            env={**os.environ, **self._environment()},
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    @property
    def identifier(self) -> Path:
        """What looks for data sources before cloud-init starts."""
        return (self.root or Path("/")) / "usr/lib/cloud-init/ds-identify"

    def _argv(self) -> list[str | Path]:
        # The unpacked ones are pure Python and run on the system's interpreter, which has what they import.
        return [judge("cloud-init")] if self.root is None else ["/usr/bin/python3", self.root / "usr/bin/cloud-init"]

    def _environment(self) -> dict[str, str]:
        return {} if self.root is None else {"PYTHONPATH": str(self.root / "usr/lib/python3/dist-packages")}


def cloud_inits() -> list[CloudInit]:
    """All versions at hand, the system's first."""
    judge("cloud-init")
    newer = places("CLOUDGEN_CLOUD_INITS", "cloud-init-trixie", "cloud-init-sid")
    return [CloudInit("cloud-init of the system"), *(CloudInit(root.name, root) for root in newer)]


def schema_problems(text: str) -> list[str]:
    """What the versions say to a cloud-config text."""
    return [problem for version in cloud_inits() for problem in version.schema(text)]


def network_problems(text: str) -> list[str]:
    """What the newer versions, which have a schema for it, say to a network-config text (version 1 or 2)."""
    newer = [version for version in cloud_inits() if version.root] or missing("cloud-init of a newer suite")
    return [problem for version in newer for problem in version.schema(text, "-t", "network-config")]
