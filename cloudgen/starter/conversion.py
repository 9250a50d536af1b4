"""The article's variables to the spec that means the same, checked before anyone writes it down."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from cloudgen.load import inspect
from cloudgen.report import Problem, Report, Severity, info
from cloudgen.source import parse, without_tokens
from cloudgen.starter.drafting import draft
from cloudgen.starter.environment import Environment, read
from cloudgen.starter.settling import Settled, settle
from cloudgen.starter.variables import COMPUTED, PER_NODE, USED, VAULT_SERVER, WITHOUT_PLACE, is_secret, variable_at


def from_env(text: str, addresses: tuple[str, ...] = (), name: str = "environment") -> tuple[str, Report]:
    """The spec of a block of `export NAME=value` lines, and what there is to know about it; empty if it has errors.

    `addresses` are the masters' own, in their order; `name` is the file that problems are placed in.
    """
    environment = read(text, name)
    if not set(environment.values) & set(USED):
        return "", Report.of((*environment.problems, _nothing(name)))
    settled = settle(environment, addresses)
    spec = draft(settled.values, settled.masters)
    problems = (
        *environment.problems,
        *settled.problems,
        *_refused(spec, settled, environment),
        *_unused(environment),
        *_remarks(environment, settled.values),
    )
    report = Report.of(replace(p, message=without_tokens(p.message)) for p in problems)
    return "" if report.failed else spec, report


def _nothing(name: str) -> Problem:
    remedy = f"give the lines like export NAME=value that set {', '.join([*USED][:3])} and so on"
    return Problem(f"{name} sets none of the article's variables", remedy=remedy)


def _refused(spec: str, settled: Settled, environment: Environment) -> Iterator[Problem]:
    """What the spec says about these values, told at their variables."""
    for problem in inspect(parse(spec, "spec")).report:
        variable = variable_at(problem.path)
        if variable in settled.broken:
            continue
        value = environment.values.get(variable or "")
        if variable and value:
            yield replace(problem, message=f"{variable}: {problem.message}", path=(), place=value.place)
        elif variable == VAULT_SERVER and problem.severity is Severity.ERROR:
            # It is made of the cluster's names, which are told themselves.
            continue
        elif variable or problem.severity is Severity.ERROR:
            yield replace(problem, place=None)


def _unused(environment: Environment) -> Iterator[Problem]:
    known = {*USED, *COMPUTED, *PER_NODE, *WITHOUT_PLACE}
    for name, value in environment.values.items():
        if name not in known and not is_secret(name):
            remedy = "see whether a section of the spec is meant for it; cloudgen schema lists them all"
            yield Problem(f"{name} is not used", (), remedy, Severity.WARNING, place=value.place)


def _remarks(environment: Environment, values: Mapping[str, str]) -> Iterator[Problem]:
    """What moved elsewhere, and what was taken for granted."""
    present = environment.values
    if missing := [f"{name}={values[name]}" for name in USED if name not in present and name in values]:
        yield info(f"not set, so the article's values are taken: {', '.join(missing)}")
    if derived := [name for name in present if name in COMPUTED | PER_NODE]:
        yield info(f"cloudgen derives these for each machine, whatever they say: {', '.join(derived)}")
    if tools := [name for name in present if name in WITHOUT_PLACE]:
        yield info(f"a spec has no place for these: {', '.join(tools)}")
    if secret := [name for name in present if is_secret(name)]:
        remedy = "each machine gets wrapped, short-lived tokens instead: cloudgen vault mint makes them"
        yield info(f"secrets stay out of the spec: {', '.join(secret)}", remedy=remedy)
