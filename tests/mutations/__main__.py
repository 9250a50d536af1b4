"""`python -m tests.mutations [NAME...]` makes faults of list.yaml in copies of the tree, and sees their tests fail.

Without names, all faults. `--booted` takes their tests of the lab, one fault after the other; `--table` writes
docs/mutations.md instead.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

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
    if not faults and not booted:
        faults += _unsound(chosen)
    if not faults:
        faults += _surviving(chosen, running.boot if booted else running.run, 1 if booted else os.cpu_count())
    _say(*faults, f"{len(chosen)} mutations, {len(faults)} faults")
    return 1 if faults else 0


def _unsound(chosen: Sequence[Mutation]) -> Iterator[str]:
    """Tests that do not pass without any fault: their failing would prove nothing."""
    names = sorted({test for mutation in chosen for test in mutation.caught})
    with running.copy() as root:
        came, said = running.outcomes(root, names, "-n", "auto")
    unsound = [name for name in names if came.get(name) != {"passed"}]
    if unsound:
        yield said
    yield from (f"without any fault: {name}: {came.get(name, 'not run')}" for name in unsound)


def _surviving(chosen: Sequence[Mutation], run: Callable[[Mutation], Result], at_once: int | None) -> Iterator[str]:
    with ThreadPoolExecutor(at_once) as workers:
        for result in workers.map(run, chosen):
            outcome = "SURVIVED" if result.missed else "caught"
            _say(f"{outcome:9} {result.seconds:5.1f} s  {result.mutation.name}")
            yield from _told(result)


def _told(result: Result) -> Iterator[str]:
    if result.missed:
        yield result.said
    yield from (f"{result.mutation.name}: not noticed by {test}" for test in result.missed)


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
