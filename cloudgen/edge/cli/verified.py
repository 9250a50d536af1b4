"""What a verified machine shows: its checks by group, each with what to do, or as JSON."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from cloudgen.edge.cli.console import Console, plural
from cloudgen.edge.show import printable
from cloudgen.source import without_tokens
from cloudgen.verify import Finding, Machine, State

_COLOURS: Final = {State.FAIL: "31", State.WARNING: "33", State.OK: "32", State.SKIPPED: "36"}
_MARGIN: Final = " " * 9


def _names(machine: Machine) -> dict[str, str]:
    return {"cluster": machine.setting("CLUSTER"), "machine": machine.setting("MACHINE")}


def _as_json(finding: Finding) -> dict[str, object]:
    return {
        "check": finding.check,
        "subject": finding.subject,
        "state": finding.state.value,
        "message": without_tokens(finding.message),
        "remedy": finding.remedy,
        "details": [without_tokens(line) for line in finding.details],
    }


def show(machine: Machine, findings: Sequence[Finding], root: str, console: Console, colour: bool) -> None:  # noqa: FBT001
    """The whole result: a list, or JSON."""
    if console.json:
        failed = any(finding.state is State.FAIL for finding in findings)
        console.result(**_names(machine), root=root, ok=not failed, checks=[_as_json(one) for one in findings])
    else:
        _listed(machine, findings, root, console, colour=colour)


def _listed(machine: Machine, findings: Sequence[Finding], root: str, console: Console, *, colour: bool) -> None:
    names = _names(machine)
    console.say(printable(f"{names['machine']} of {names['cluster']}, root {root}"))
    for _, alike in groupby(findings, key=_heading):
        group = [*alike]
        console.say(f"\n{', '.join(dict.fromkeys(finding.check for finding in group))}")
        shown = group[:1] if group[0].state is State.SKIPPED else group
        for finding, after in zip(shown, [*shown[1:], None], strict=True):
            # What helps several in a row is told once, below them.
            helps = after is None or after.remedy != finding.remedy
            for line in _lines(finding, helps=helps, colour=colour):
                console.say(line)
    states = [finding.state.value for finding in findings]
    warnings = plural(states.count("warning"), "warning")
    counts = f"{states.count('ok')} ok, {warnings}, {states.count('fail')} failed, {states.count('skipped')} skipped"
    console.say(f"\n{counts}")


def _heading(finding: Finding) -> tuple[str, str]:
    """What stands together: a check's findings, and all checks that are skipped for one reason."""
    skipped = finding.state is State.SKIPPED and not finding.subject
    return ("", finding.message) if skipped else (finding.check, "")


def _lines(finding: Finding, *, helps: bool, colour: bool) -> Iterator[str]:
    word = f"{finding.state.value:<8}"
    shown = f"\x1b[{_COLOURS[finding.state]}m{word}\x1b[0m" if colour else word
    subject = f"{printable(finding.subject)}: " if finding.subject else ""
    yield f"{shown} {subject}{printable(finding.message)}"
    yield from (f"{_MARGIN}| {printable(line)}" for line in finding.details)
    if finding.remedy and helps:
        yield f"{_MARGIN}= help: {printable(finding.remedy)}"
