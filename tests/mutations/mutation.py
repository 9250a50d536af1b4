"""A mutation: one fault, made on purpose by replacing a text of the package, and the tests that must notice it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.judges import strict_yaml
from tests.judging import ROOT

LIST: Final = Path(__file__).with_name("list.yaml")
_PACKAGE: Final = "cloudgen/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """An entry of list.yaml."""

    name: str
    fault: str
    """What goes wrong on a machine, in a sentence."""
    file: str
    old: str
    new: str
    caught: tuple[str, ...]
    """Tests, as pytest names them without parameters; each of them fails when the fault is made."""
    booted: tuple[str, ...] = ()
    """Tests of the lab, whose machines boot, that fail then as well."""

    def problems(self, root: Path = ROOT) -> Iterator[str]:
        """What is wrong with the entry itself: a fault that cannot be made, a test that is not there."""
        place = root / self.file
        found = place.read_text().count(self.old) if place.is_file() else 0
        if found != 1:
            yield f"{self.name}: its old text occurs {found} times in {self.file}, not once"
        if self.old == self.new or not self.file.startswith(_PACKAGE):
            yield f"{self.name}: it does not change the package"
        if not self.caught + self.booted:
            yield f"{self.name}: no test is named that catches it"
        for test in self.caught + self.booted:
            if sentence(test, root) is None:
                yield f"{self.name}: there is no test {test}"

    def make(self, root: Path) -> None:
        """Make the fault in a copy of the tree."""
        told = list(self.problems(root))
        assert not told, told
        place = root / self.file
        place.write_text(place.read_text().replace(self.old, self.new))


def mutations() -> list[Mutation]:
    """The whole list, in its order."""
    entries: list[dict[str, Any]] = strict_yaml.load(LIST.read_text())
    return [
        Mutation(**{**entry, **{key: tuple(entry.get(key, ())) for key in ("caught", "booted")}}) for entry in entries
    ]


def sentence(test: str, root: Path = ROOT) -> str | None:
    """What a test states, in its own words; None where there is no such test."""
    path, _, name = test.partition("::")
    if not (root / path).is_file():
        return None
    found = {
        f.name: ast.get_docstring(f)
        for f in ast.parse((root / path).read_text()).body
        if isinstance(f, ast.FunctionDef)
    }
    return found.get(name)
