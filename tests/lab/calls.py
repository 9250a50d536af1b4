"""Calls of outside programs: what they said is in the failure."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
Word = str | Path


class CallError(AssertionError):
    """A program that failed, with all that it said."""


def call(*argv: Word, timeout: float = 60) -> str:
    """What a program printed. Raises `CallError`."""
    code, said = tried(*argv, timeout=timeout)
    if code:
        raise CallError(f"exit {code}: {' '.join(map(str, argv))}\n{said}")
    return said


def tried(*argv: Word, timeout: float = 60) -> tuple[int, str]:
    """A program's exit code and all that it printed."""
    done = subprocess.run(
        list(map(str, argv)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )
    return done.returncode, done.stdout.strip()


def until(seconds: float, what: str, look: Callable[[], T], *, pause: float = 0.5) -> T:
    """The first true answer. Raises `AssertionError` once the time is up, with the last answer."""
    end = time.monotonic() + seconds
    while not (answer := look()):
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}; last seen: {answer!r}"
        time.sleep(pause)
    return answer
