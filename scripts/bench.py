"""Times what a user waits for: whole commands, cold interpreter included, the median of several runs."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNS = 7


def main() -> None:
    """Print one line for each command."""
    cloudgen = Path(sys.executable).with_name("cloudgen")
    with tempfile.TemporaryDirectory() as out:
        for arguments in (["--help"], ["render", str(ROOT / "examples/article.yaml"), "--out", out]):
            times = [_seconds([str(cloudgen), *arguments]) for _ in range(RUNS)]
            print(f"{statistics.median(times):6.3f} s  (least {min(times):.3f})  cloudgen {arguments[0]}")


def _seconds(argv: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command, fixed arguments
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
