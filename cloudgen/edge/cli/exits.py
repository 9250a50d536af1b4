"""Exit codes, and the last resort: whatever happens, one clear line, no traceback and no secret."""

import functools
import os
import sys
from collections.abc import Callable
from typing import Final, ParamSpec

import typer

from cloudgen.report import Refused

OK: Final = 0
DIFFERENT: Final = 1
"""Warnings under --strict, or differences."""
BAD_INPUT: Final = 2
INTERNAL: Final = 70
"""EX_SOFTWARE of sysexits.h."""
INTERRUPTED: Final = 130
"""What shells make of SIGINT."""
BROKEN_PIPE: Final = 141
"""What shells make of SIGPIPE."""

P = ParamSpec("P")


def guarded(command: Callable[P, int]) -> Callable[P, None]:
    """A command that ends with its exit code, whatever happens in it."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = command(*args, **kwargs)
            sys.stdout.flush()
        except (typer.Exit, typer.BadParameter):
            raise
        except BaseException as fault:  # noqa: BLE001 - the last resort
            code = _told(fault)
        raise typer.Exit(code)

    return run


def _told(fault: BaseException) -> int:
    match fault:
        case KeyboardInterrupt():
            _say("interrupted")
            return INTERRUPTED
        case BrokenPipeError():
            # What is still buffered has nowhere to go; Python would complain about it at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return BROKEN_PIPE
        case Refused():
            return _refused(fault)
        case OSError():
            _say(f"error: {fault.strerror or type(fault).__name__}")
            return BAD_INPUT
        case UnicodeError():
            _say("error: a text or a name holds bytes that are no UTF-8")
            return BAD_INPUT
    return _internal(fault)


def _refused(fault: Refused) -> int:
    from cloudgen.edge.show import show_report  # noqa: PLC0415

    _say(show_report(fault.report, {}, colour=False))
    return BAD_INPUT


def _internal(fault: BaseException) -> int:
    """The type alone: a message may quote what it should not, and so may a traceback's last line."""
    _say(f"internal error, please report: {type(fault).__name__} (CLOUDGEN_DEBUG=1 shows where)")
    if os.environ.get("CLOUDGEN_DEBUG") == "1":
        import traceback  # noqa: PLC0415

        _say("".join(traceback.format_tb(fault.__traceback__)).rstrip())
    return INTERNAL


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201 - the command line's own voice
