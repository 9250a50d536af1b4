"""`python -m tests.mutations [NAME...]` makes faults of list.yaml in copies of the tree, and sees their tests fail.

Without names, all faults. `--booted` takes their tests of the lab, one fault after the other; `--table` writes
docs/mutations.md instead.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutations import running, table
from tests.mutations.mutation import Mutation, mutations
from tests.mutations.running import Result


def main(arguments: Sequence[str]) -> int:
    """0 where everything is noticed."""
    if list(arguments) == ["--table"]:
        table.PLACE.write_text(table.text())
        return 0
    known, names = mutations(), set(arguments) - {"--booted"}
    booted = "--booted" in arguments
    chosen = [m for m in known if (m.booted if booted else m.caught) and (m.name in names or not names)]
    faults = [f"there is no such mutation: {name}" for name in names - {m.name for m in chosen}]
    faults += [problem for mutation in known for problem in mutation.problems()]
    with running.sound_copy() as sound:
        if not faults:
            faults += _unsound(
                sound, {test for m in chosen for test in (m.booted if booted else m.caught)}, booted=booted
            )
        if not faults:
            faults += _booted(chosen, sound) if booted else _run(chosen, sound)
    _say(*faults, f"{len(chosen)} mutations, {len(faults)} faults")
    return 1 if faults else 0


def _unsound(sound: Path, names: set[str], *, booted: bool) -> Iterator[str]:
    """Tests that do not pass without any fault: their failing would prove nothing."""
    runner, options = ("tests.lab", ()) if booted else ("pytest", ("-n", "auto"))
    came, said = running.outcomes(sound, sorted(names), *options, runner=runner)
    unsound = sorted(name for name in names if came.get(name) != {"passed"})
    if unsound:
        yield said
    yield from (f"without any fault: {name}: {came.get(name, 'not run')}" for name in unsound)


def _run(chosen: Sequence[Mutation], sound: Path) -> Iterator[str]:
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        for result in workers.map(lambda mutation: running.run(mutation, sound), chosen):
            yield from _told(result)


def _booted(chosen: Sequence[Mutation], sound: Path) -> Iterator[str]:
    for mutation in chosen:
        result = running.boot(mutation, sound)
        _say(result.said)  # a machine may fail for many reasons: they are to be read
        yield from _told(result)


def _told(result: Result) -> Iterator[str]:
    outcome = "SURVIVED" if result.missed else "caught"
    _say(f"{outcome:9} {result.seconds:5.1f} s  {result.mutation.name}")
    if result.missed:
        _say(result.said)
    yield from (f"{result.mutation.name}: not noticed by {test}" for test in result.missed)


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
