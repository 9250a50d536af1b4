"""Writes docs/families.md from the rows of the host families: nothing in it is typed.

    python scripts/families.py

tests/test_family.py says when it is stale.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from cloudgen.family import FAMILIES, Family

PAGE: Final = Path(__file__).resolve().parent.parent / "docs/families.md"
_HEAD: Final = """\
# Host families

<!-- Made by scripts/families.py from cloudgen/family.py: change a row there, and run it again. -->

What `host.family` decides. `paths` and `host` in the spec change most of it. [ignition.md](ignition.md) has what was
tried of each, and what was not.
"""


def page() -> str:
    """The whole page."""
    return "\n".join((_HEAD, *_table())) + "\n"


def _table() -> Iterator[str]:
    families = FAMILIES.values()
    for cells in (["", *(f"`{f.name}`" for f in families)], ["---"] * (len(FAMILIES) + 1), *map(_row, _ROWS.items())):
        yield f"| {' | '.join(cells)} |"


def _row(row: tuple[str, Callable[[Family], str]]) -> list[str]:
    title, cell = row
    return [title, *(cell(family) or "–" for family in FAMILIES.values())]


def _code(*words: str | None) -> str:
    return ", ".join(f"`{word}`" for word in words if word)


_ROWS: Final[dict[str, Callable[[Family], str]]] = {
    "images": lambda f: f.title,
    "formats, the default first": lambda f: _code(*f.formats),
    "oldest systemd": lambda f: str(f.systemd),
    "binaries": lambda f: _code(f.binaries),
    "scripts": lambda f: _code(f.library),
    "read-only": lambda f: _code(*f.read_only) + (f" but for {_code(*f.writable)}" if f.writable else ""),
    "usual groups that are not there": lambda f: _code(*f.no_groups),
    "trusted authorities": lambda f: _code(f.trust_file.format(name="NAME"), f.trust_update),
    "trust store in pods": lambda f: _code(*f.pod_trust_mounts),
    "packages": lambda f: _code(*f.packages),
    "packages for filesystems": lambda f: _code(*f.filesystem_packages.values()),
    "programs that must be there": lambda f: _code(*f.tools),
    "time": lambda f: _code(f.time_package, f.time_unit),
    "time servers": lambda f: _code(f.time_servers[0]),
    "masked, for `autoUpdates: off`": lambda f: _code(*f.auto_update_units),
}


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
