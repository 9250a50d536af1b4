"""A plan as a diff, for people and for programs."""

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from cloudgen.edge.cli.console import plural
from cloudgen.vault import Change, Plan, Step
from cloudgen.vault.live import Action

_SIGNS: Final[Mapping[Action, str]] = {"create": "+", "change": "~", "delete": "-"}
_COLOURS: Final = {"+": "32", "~": "33", "-": "31", "?": "36"}
_MOST: Final = 8
"""Items of a list that are shown."""


def shown(plan: Plan, *, colour: bool) -> str:
    """Every step with what changes, and what is left alone."""
    return "\n".join(_painted(line, colour=colour) for line in _lines(plan))


def counted(plan: Plan) -> str:
    """How much there is to do, in a sentence."""
    counts = Counter(step.action for step in plan.steps)
    return (
        ", ".join(f"{counts[action]} to {action}" for action in _SIGNS if counts[action])
        or "no changes: Vault holds what the spec needs"
    )


def as_json(plan: Plan) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "steps": [_step_json(step) for step in plan.steps],
        "unneeded": [{"what": step.what, "name": step.name} for step in plan.unneeded],
        "unmanaged": list(plan.strays),
    }


def _step_json(step: Step) -> dict[str, Any]:
    changes = [{"key": c.key, "old": _plain(c.old), "new": _plain(c.new)} for c in step.changes]
    return {"action": step.action, "what": step.what, "name": step.name, "changes": changes}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _lines(plan: Plan) -> Iterator[str]:
    for step in plan.steps:
        yield f"{_SIGNS[step.action]} {step.what} {step.name}"
        for change in step.changes:
            yield from (f"    {line}" for line in _change(step, change))
    for step in plan.unneeded:
        yield f"? {step.what} {step.name}: not needed any more, left alone"
    if plan.unneeded:
        yield f"    {plural(len(plan.unneeded), 'path')} that the cluster needed once: apply --prune deletes them"
    for stray in plan.strays:
        yield f"? {stray}: not of this spec, left alone"
    if plan.strays:
        yield f"    {plural(len(plan.strays), 'path')} below the cluster's that cloudgen would not make"


def _change(step: Step, change: Change) -> Iterator[str]:
    if change.key == "policy":
        yield from _texts(str(change.old or ""), str(change.new))
    elif step.action == "create":
        yield f"{change.key}: {_value(change.new)}"
    elif isinstance(change.old, tuple) and isinstance(change.new, tuple):
        gone, come = sorted({*change.old} - {*change.new}), sorted({*change.new} - {*change.old})
        yield f"{change.key}:"
        yield from (f"- {item}" for item in gone)
        yield from (f"+ {item}" for item in come)
    else:
        yield f"{change.key}: {_value(change.old)} -> {_value(change.new)}"


def _texts(old: str, new: str) -> Iterator[str]:
    if not old:
        yield from (line for line in new.splitlines() if line)
        return
    for line in difflib.ndiff(old.splitlines(), new.splitlines()):
        if not line.startswith("?"):
            yield line


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        more = f" and {len(value) - _MOST} more" if len(value) > _MOST else ""
        return ", ".join(map(str, value[:_MOST])) + more if value else "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _painted(line: str, *, colour: bool) -> str:
    # Names come from the server too, and could move the cursor.
    safe = "".join(char if char.isprintable() else "?" for char in line)
    code = _COLOURS.get(safe.strip()[:1]) if safe.strip()[1:2] == " " else None
    return f"\x1b[{code}m{safe}\x1b[0m" if colour and code else safe
