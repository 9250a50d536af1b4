"""Times what a user waits for: whole commands, cold interpreter included, medians, side by side in one run.

`make bench` prints a line for each, with its aim: cloudgen for one cluster, for 67 and for 700, the start of `--help`,
and the same text through Terraform's `templatefile` (where a terraform is installed) and through plain Jinja2. The
processor's time stands beside the clock's: on a machine that is busy with other things only it can be compared.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLOUDGEN = str(Path(sys.executable).with_name("cloudgen"))
RUNS = 5
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""As a user has it: what pip installs is compiled."""
AIMS = {1: "aim: 0.35 s", 67: "aim: 1.5 s and 100 MiB", 700: ""}
SPEC = (ROOT / "examples/article.yaml").read_text()
JINJA = """\
import sys, jinja2
text, count = open(sys.argv[1]).read(), int(sys.argv[2])
template = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(text)
for index in range(count):
    open(f"{sys.argv[3]}/{index}", "w").write(template.render(name=f"master-{index}"))
"""
TERRAFORM = """\
variable "masters" { type = number }
output "user_data" {
  value = [for i in range(var.masters) : templatefile("${path.module}/user-data.tftpl", { name = "master-${i}" })]
}
"""


@dataclass(frozen=True)
class Timed:
    """One command over several runs: seconds of each by the clock and by the processor, and the largest MiB."""

    seconds: tuple[float, ...]
    worked: tuple[float, ...]
    memory: float

    @property
    def median(self) -> float:
        """The figure to quote."""
        return statistics.median(self.seconds)


def timed(argv: Sequence[str], runs: int = RUNS) -> Timed:
    """Run a command several times, after one run to warm the disk's cache."""
    seconds, worked, memory = [], [], 0.0
    for run in range(runs + 1):
        began = time.perf_counter()
        process = subprocess.Popen(argv, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - ours
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"failed: {' '.join(argv[:6])} ...")
        if run:
            seconds.append(time.perf_counter() - began)
            worked.append(usage.ru_utime + usage.ru_stime)
            memory = max(memory, usage.ru_maxrss / 1024)
    return Timed(tuple(seconds), tuple(worked), memory)


def show(what: str, result: Timed, aim: str = "") -> Timed:
    """Print a line: median, least and most seconds, median of the processor's, memory, aim."""
    clock = f"{result.median:7.3f} s  ({min(result.seconds):.3f} to {max(result.seconds):.3f})"
    worked = f"{statistics.median(result.worked):7.3f} s of processor"
    print(f"{clock}  {worked}  {result.memory:5.0f} MiB  {what}{'; ' if aim else ''}{aim}", flush=True)
    return result


def specs(folder: Path, count: int) -> Iterator[str]:
    """Specs of clusters that differ in their names."""
    for index in range(count):
        path = folder / f"cluster-{index}.yaml"
        path.write_text(SPEC.replace("clusterName: example", f"clusterName: example-{index}"))
        yield str(path)


def clusters(folder: Path) -> None:
    """Cloudgen for more and more clusters, and what a further one costs."""
    many = list(specs(folder, 700))
    before = {}
    for count, runs in ((1, RUNS), (67, RUNS), (700, 1)):
        out = folder / f"out-{count}"
        argv = [CLOUDGEN, "render", *many[:count], "--out", str(out)]
        before[count] = show(f"cloudgen render, {count} clusters of 3 masters", timed(argv, runs), AIMS[count]).median
    for low, high in ((1, 67), (67, 700)):
        cost = (before[high] - before[low]) / (high - low)
        print(f"{cost * 1000:7.1f} ms  a further cluster, from {low} to {high}; aim: the same up to 700")


def peers(folder: Path) -> None:
    """The same text through Jinja2 and Terraform."""
    user_data = next((folder / "out-1").rglob("user-data"))
    plain = folder / "tree"
    subprocess.run([CLOUDGEN, "unpack", str(user_data), "--out", str(plain)], check=True, capture_output=True)  # noqa: S603
    text = "".join(path.read_text(errors="replace") for path in sorted(plain.rglob("*")) if path.is_file())
    print(f"{len(text):7d}    characters of text for one master, for the peers below")
    (folder / "user-data.j2").write_text("{% raw %}" + text + "{% endraw %}{{ name }}")
    (folder / "user-data.tftpl").write_text(text.replace("${", "$${").replace("%{", "%%{") + "${name}")
    (folder / "main.tf").write_text(TERRAFORM)
    (folder / "jinja").mkdir()
    for count in (3, 201):
        argv = [sys.executable, "-c", JINJA, str(folder / "user-data.j2"), str(count), str(folder / "jinja")]
        show(f"plain Jinja2, {count} masters", timed(argv))
    if terraform := shutil.which("terraform"):
        for count, runs in ((3, RUNS), (51, 1)):
            argv = [terraform, f"-chdir={folder}", "plan", "-input=false", f"-var=masters={count}"]
            show(f"terraform plan with templatefile, {count} masters", timed(argv, runs))
    else:
        print("           no terraform here: not compared")


def main() -> None:
    """Print a line for each command."""
    bare = show("a bare interpreter that imports typer", timed([sys.executable, "-c", "import typer"]))
    helped = show("cloudgen --help", timed([CLOUDGEN, "--help"]))
    print(f"{helped.median / bare.median:7.2f}    times the bare interpreter; aim: at most 3")
    with tempfile.TemporaryDirectory() as temporary:
        clusters(Path(temporary))
        peers(Path(temporary))


if __name__ == "__main__":
    main()
