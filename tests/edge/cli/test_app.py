"""What `cloudgen` says about itself, and how fast."""

import json
import subprocess
import sys
import time

import pytest

from cloudgen import __version__
from cloudgen.edge.cli.app import app

HEAVY = {"pydantic", "jinja2", "hvac", "cryptography", "yaml", "rich"}
COMMANDS = sorted(str(command.name) for command in app.registered_commands)


def modules_after(*arguments: str) -> set[str]:
    """The names of all packages that a command line has imported at its end."""
    code = (
        "import json, sys\n"
        "from cloudgen.edge.cli.app import app\n"
        "try:\n    app(sys.argv[1:])\n"
        "finally:\n    print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))\n"
    )
    out = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, check=False)
    return set(json.loads(out.stdout.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]], ids=" ".join)
def test_help_needs_nothing_heavy(arguments):
    """Whatever tells about cloudgen does so before pydantic, jinja2, hvac, cryptography or rich are imported."""
    assert modules_after(*arguments) & HEAVY == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_needs_nothing_of_its_work(name):
    """Typer itself may ask pydantic about option values; nothing else heavy is imported."""
    assert modules_after(name, "--help") & (HEAVY - {"pydantic"}) == set()


def test_render_needs_no_rich(spec):
    """The plain table saves what rich would cost."""
    loaded = modules_after("render", str(spec), "--out", str(spec.parent / "build"))
    assert "pydantic" in loaded
    assert loaded & {"rich", "hvac", "cryptography"} == set()


def test_help_is_fast():
    """`cloudgen --help` takes at most three times as long as a bare interpreter that imports Typer."""

    def best(*arguments: str) -> float:
        times = []
        for _ in range(5):
            began = time.perf_counter()
            subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
            times.append(time.perf_counter() - began)
        return min(times)

    assert best("-m", "cloudgen", "--help") < 3 * best("-c", "import typer")


def test_help_teaches(run):
    """Examples and exit codes, in lines of their own, and every command."""
    told = run("--help").stdout
    assert "\n    cloudgen render cluster.yaml --out build " in told
    assert "\n    2    the input or the command line is wrong\n" in told
    assert [name for name in COMMANDS if f"\n  {name} " not in told] == []


def test_version(run):
    """The package's own."""
    assert run("--version").stdout == f"cloudgen {__version__}\n"


def test_no_command_shows_the_help(run):
    """Nobody who types the bare name is left alone."""
    result = run()
    assert result.exit_code in {0, 2}
    assert "Commands:" in result.stdout + result.stderr


@pytest.mark.parametrize("arguments", [["chek"], ["check"], ["check", "--nope", "x"], ["render", "x"]], ids=" ".join)
def test_a_wrong_command_line_is_exit_code_2(run, arguments):
    """With a sentence that begins with Error, and no traceback."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "\nError: " in result.stderr


def test_the_module_is_the_command(start, tmp_path):
    """`python -m cloudgen` calls itself cloudgen."""
    out = start("--help", cwd=tmp_path)
    assert out.returncode == 0
    assert out.stdout.startswith(b"Usage: cloudgen ")
