"""The last resort: exit codes, one line, no traceback."""

import os
import signal
import subprocess
import sys
import time

import pytest
import typer
from typer.testing import CliRunner, Result

from cloudgen.edge.cli.exits import guarded
from cloudgen.report import Problem, Refused, Report

CANARY = "hvs.CANARY-5c1e0b7d"


def ended(fault: BaseException, **environment: str) -> Result:
    """A command that ends with an exception."""
    app = typer.Typer(pretty_exceptions_enable=False)

    @app.command()
    @guarded
    def command() -> int:
        raise fault

    return CliRunner().invoke(app, [], env=environment)


@pytest.mark.parametrize(
    ("fault", "code", "told"),
    [
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (OSError(28, "No space left on device"), 2, "error: No space left on device\n"),
        (UnicodeDecodeError("utf-8", CANARY.encode(), 0, 1, "x"), 2, "error: a text or a name holds bytes"),
        (Refused(Report((Problem("it cannot be"),))), 2, "error: it cannot be\n"),
        (KeyError(CANARY), 70, "internal error, please report: KeyError (CLOUDGEN_DEBUG=1 shows where)\n"),
    ],
    ids=["interrupt", "system", "unicode", "refused", "internal"],
)
def test_every_end_is_one_clear_line(fault, code, told):
    """The exit code fits, and nothing but the line is printed."""
    result = ended(fault)
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.startswith(told)
    assert result.stderr.count("\n") == 1
    assert CANARY not in result.stderr


def test_debugging_shows_where_but_not_what():
    """CLOUDGEN_DEBUG=1 adds the frames of an internal fault, never its message."""
    result = ended(ValueError(CANARY), CLOUDGEN_DEBUG="1")
    assert result.exit_code == 70
    assert "in command" in result.stderr
    assert CANARY not in result.stderr


def environment() -> dict[str, str]:
    """That of a process which finds cloudgen as this one does."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def test_a_reader_that_leaves_is_no_fault():
    """`cloudgen ... | head` ends silently, as other tools do."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "cloudgen", "schema"]
    out = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False, env=environment())
    os.close(writing)
    assert (out.returncode, out.stderr) == (141, b"")


def test_closed_streams_are_no_fault(spec):
    """Run by something that closed its output, the work is done all the same."""
    command = [sys.executable, "-m", "cloudgen", "render", spec.name, "--out", "build"]
    out = subprocess.run(
        ["sh", "-c", 'exec "$@" >&- 2>&-', "sh", *command], check=False, cwd=spec.parent, env=environment()
    )
    assert out.returncode == 0
    assert (spec.parent / "build").is_dir()


def test_an_interrupted_run_leaves_nothing(spec, tmp_path):
    """Ctrl-C in the middle of the work: exit code 130, one line."""
    command = [sys.executable, "-m", "cloudgen", "render", spec.name, "-", "--out", "build"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=tmp_path, env=environment()) as process:
        while process.poll() is None and not (tmp_path / "build").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)
    assert (process.returncode, told.splitlines()[-1]) == (130, b"interrupted")
    assert [path.name for path in tmp_path.iterdir()] == ["cluster.yaml"]
