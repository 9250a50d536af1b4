"""Durations as Go writes them: `720h`, `1h30m`, `1.5s`; days are no unit."""

import datetime as dt
import re
from typing import Final

_UNITS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART: Final = r"(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)"
_WHOLE: Final = re.compile(f"([-+]?)((?:{_PART})+)")


def parse(text: str) -> dt.timedelta:
    """What `time.ParseDuration` reads. Raises `ValueError`, worded alike."""
    if text == "0":
        return dt.timedelta()
    found = _WHOLE.fullmatch(text)
    if found is None:
        raise ValueError(f'time: invalid duration "{text}"')
    total = sum(float(number) * _UNITS[unit] for number, unit in re.findall(_PART, found[2]))
    return dt.timedelta(seconds=-total if found[1] == "-" else total)
