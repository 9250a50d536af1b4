"""A spec, opened: what could be read of it, every problem located, and the texts to show lines from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cloudgen.edge.disk import folder_of, read_attachments, read_spec
from cloudgen.generate import Rendered, render
from cloudgen.load import attachments, inspect
from cloudgen.report import Problem, Refused, Report
from cloudgen.secrets import PLACEHOLDERS, Secrets
from cloudgen.source import Document, graft
from cloudgen.spec import Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One spec file. Without a `spec`, the report says why."""

    name: str
    document: Document | None = None
    spec: Spec | None = None
    report: Report = field(default_factory=Report)
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def machines(self) -> tuple[str, ...]:
        """The names of its masters."""
        return tuple(master.name for master in self.spec.masters) if self.spec else ()

    def locate(self, report: Report, machine: str = "") -> Report:
        """A report with places; what a machine's overrides caused is told at these."""
        if self.document is None:
            return report
        document = self.document
        if machine in self.machines:
            document = graft(document, ("masters", self.machines.index(machine), "overrides"))
        return Report.of(_placed(problem, document) for problem in report)


def open_spec(name: str) -> Opened:
    """Read, complete and judge a spec; nothing is raised for bad input."""
    texts: dict[str, str] = {}
    try:
        document = read_spec(name, texts)
    except Refused as refusal:
        return Opened(name=name, report=refusal.report, texts=texts)
    found, faults = read_attachments(attachments(document), folder_of(name))
    spec, report = inspect(document, found)
    report = Report.of(_explained(problem, document, faults) for problem in report)
    return Opened(name=name, document=document, spec=spec, report=report, texts=texts)


def _placed(problem: Problem, document: Document) -> Problem:
    """What concerns the whole machine has no line to show."""
    return document.locate(problem) if problem.path else problem


def together(name: str, reports: Iterable[tuple[str, Report]]) -> Report:
    """The problems of several machines, each once; of those that have a weight the heaviest."""
    alike: dict[Problem, list[tuple[str, Problem]]] = {}
    for machine, report in reports:
        for problem in report:
            alike.setdefault(_common(machine, problem), []).append((machine, problem))
    return Report.of(_joined(name, common, told) for common, told in alike.items())


def _common(machine: str, problem: Problem) -> Problem:
    """What several machines share of it: not their names; of what has a weight its place alone."""
    if problem.weight:
        return replace(problem, message="", remedy="", weight=1)
    return replace(problem, message=problem.message.removeprefix(f"{machine}: "))


def _joined(name: str, common: Problem, told: Sequence[tuple[str, Problem]]) -> Problem:
    if common.weight:
        machine, problem = max(told, key=lambda one: one[1].weight)
        who = f"{machine}, the largest of {len(told)}" if len(told) > 1 else machine
        return replace(problem, message=f"{who}: {problem.message}")
    return _of_all(name, common, (machine for machine, problem in told if problem.message != common.message))


def _of_all(name: str, problem: Problem, machines: Iterable[str]) -> Problem:
    owners = ", ".join(dict.fromkeys(filter(None, machines)))
    if problem.place is None:
        owners = f"{name}: {owners}" if owners else name
    return replace(problem, message=f"{owners}: {problem.message}") if owners else problem


def _explained(problem: Problem, document: Document, faults: Mapping[str, Problem]) -> Problem:
    """Where an attachment is missed, why it could not be had."""
    tree = None if problem.on_key else document.find(problem.path)
    fault = faults.get(tree.value) if tree is not None and isinstance(tree.value, str) else None
    return replace(problem, message=fault.message, remedy=fault.remedy) if fault else problem


def rendered(opened: Opened, secrets: Secrets = PLACEHOLDERS, only: frozenset[str] = frozenset()) -> Iterator[Rendered]:
    """The user-data of each machine, one at a time, or of some; the reports are located."""
    if opened.spec is None:
        return
    for machine in opened.machines:
        if machine in only or not only:
            made = render(opened.spec, machine, secrets)
            yield replace(made, report=opened.locate(made.report, machine))
