"""`python -m tests.mutations [NAME...]` makes each fault of list.yaml in a copy of the tree, and sees its tests fail.

Without names, all that need no booted machines. `--table` writes docs/mutations.md instead.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.mutations import running, table
from tests.mutations.mutation import Mutation, mutations
from tests.mutations.running import Result


def main(arguments: Sequence[str]) -> int:
    """0 where everything is noticed."""
    if list(arguments) == ["--table"]:
        table.PLACE.write_text(table.text())
        return 0
    known = mutations()
    chosen = [m for m in known if (m.name in arguments if arguments else not m.in_lab)]
    faults = [f"there is no mutation {name}" for name in set(arguments) - {m.name for m in known}]
    faults += [problem for mutation in known for problem in mutation.problems()]
    if not faults:
        faults += _unsound(chosen)
    if not faults:
        faults += _surviving(chosen)
    _say(*faults, f"{len(chosen)} mutations, {len(faults)} faults")
    return 1 if faults else 0


def _unsound(chosen: Sequence[Mutation]) -> Iterator[str]:
    """Tests that do not pass without any fault: their failing would prove nothing."""
    names = sorted({test for mutation in chosen for test in mutation.caught})
    with running.copy() as root:
        outcomes, said = running.tests(root, names, "-n", "auto")
    unsound = [name for name in names if outcomes.get(name) != {"passed"}]
    if unsound:
        yield said
    yield from (f"without any fault: {name}: {outcomes.get(name, 'not run')}" for name in unsound)


def _surviving(chosen: Sequence[Mutation]) -> Iterator[str]:
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        for result in workers.map(running.run, chosen):
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
