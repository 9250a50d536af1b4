"""docs/mutations.md, from the list."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.judging import ROOT
from tests.mutations.mutation import Mutation, mutations, sentence

PLACE: Final[Path] = ROOT / "docs/mutations.md"
_HEAD: Final = """# Faults made on purpose

Each row is a single fault, made in a copy of the sources, and what notices it: the tests named here fail then, and pass
without it. `make mutations` makes all of them, in CI too, but for the rows of the lab, whose machines boot: of these CI
makes one, `python -m tests.mutations --booted` the others. A fault that can no longer be made, because the text that it
replaces is gone, fails as well. Golden files, which notice any change of a rendered text, are not counted. This table
is made from tests/mutations/list.yaml by `python -m tests.mutations --table`.

| fault | made in | noticed by | which states | when |
|---|---|---|---|---|
"""


def text() -> str:
    """The whole page."""
    return _HEAD + "".join(line for mutation in mutations() for line in _rows(mutation))


def _rows(mutation: Mutation) -> Iterator[str]:
    for when, tests in (("before any boot", mutation.caught), ("in the lab", mutation.booted)):
        for test in tests:
            cells = (mutation.fault, f"`{mutation.file}`", f"`{test}`", sentence(test) or "", when)
            yield f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in cells)} |\n"
