"""Time and the log: a speed for tests, so that 30 seconds need not be 30 seconds."""

import datetime as dt
import os
import sys
import threading
import time
from dataclasses import dataclass
from typing import Final

INTERVAL: Final = 30.0
_LOG: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the clock runs, and how many rounds a spinning issuer is allowed."""

    speed: float = 1.0
    spins: float = float("inf")
    once: bool = False

    @classmethod
    def of_environment(cls) -> "Pace":
        """KEY_KEEPER_SPEED, KEY_KEEPER_SPINS and KEY_KEEPER_ONCE."""
        seen = os.environ
        return cls(
            float(seen.get("KEY_KEEPER_SPEED", "1")),
            float(seen.get("KEY_KEEPER_SPINS", "inf")),
            seen.get("KEY_KEEPER_ONCE") == "1",
        )

    def sleep(self, seconds: float) -> None:
        """So long, at this speed."""
        time.sleep(seconds / self.speed)


def say(level: str, text: str) -> None:
    """A line of the log, on stderr."""
    with _LOG:
        print(f"{dt.datetime.now(dt.UTC):%FT%T}Z\t{level}\t{text}", file=sys.stderr, flush=True)  # noqa: T201
