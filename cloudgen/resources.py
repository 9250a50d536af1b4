"""Package data: the one place that reads files of the package itself, cached, as code is."""

from functools import cache
from pathlib import Path

_ROOT = Path(__file__).parent


@cache
def text(name: str) -> str:
    """A text file of the package, by its path below `cloudgen/`, such as `scripts/bootstrap.sh`."""
    return (_ROOT / name).read_text(encoding="utf-8")
