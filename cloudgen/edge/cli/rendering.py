"""One run of `cloudgen render`: specs one after the other into waiting files, so that memory stays flat."""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from cloudgen.edge.cli.console import Console
from cloudgen.edge.cli.seeding import seed_files, seed_row, unseeded
from cloudgen.edge.opened import Opened, open_spec, rendered, together
from cloudgen.edge.reading import read_private
from cloudgen.edge.staging import Staging
from cloudgen.edge.worktree import refuse_tracked
from cloudgen.generate import Rendered, needed
from cloudgen.report import Problem, Refused, Report
from cloudgen.secrets import PLACEHOLDERS, SecretRef, Secrets
from cloudgen.secrets_file import coverage, expired, parse_secrets
from cloudgen.spec import Spec

STDOUT: Final = Path("-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the table says of one user-data."""

    spec: str
    cluster: str
    machine: str
    path: str
    provider: str
    format: str
    packing: str
    size: int
    limit: int | None
    unit: str
    fingerprint: str
    hand_over: str
    seed: str | None = None
    """The folder or image that carries the user-data, if one is wanted."""


@dataclass(slots=True)
class Rendering:
    """What was rendered so far; everything that is wrong goes to the console."""

    console: Console
    staging: Staging
    out: Path
    only: frozenset[str]
    seed: str = ""
    """The kind of seed to write beside each user-data."""
    rows: list[Row] = field(default_factory=list)
    _data: bytes = b""
    _taken: dict[Path, str] = field(default_factory=dict)
    _machines: set[str] = field(default_factory=set)
    _opened: bool = True
    """Whether every spec could be opened, so that its machines are known."""
    _secret: bool = False
    """Whether secrets were given, so that what is written may hold them."""

    def take_all(self, specs: Sequence[str], secrets_file: str | None) -> None:
        """Render specs; the secrets, if any are given, are those of a single cluster."""
        if secrets_file and len(specs) > 1:
            message = f"{secrets_file} holds the secrets of one cluster, and {len(specs)} specs are given"
            self._tell(Problem(message, remedy="render them one by one"))
        secrets = self._secrets(secrets_file) if secrets_file else None
        for name in specs:
            self.take(open_spec(name), secrets)
        if self._opened:
            self._tell(*(self._unknown(name) for name in sorted(self.only - self._machines)))
        if self.out == STDOUT and len(self.rows) > 1:
            message = f"stdout takes a single user-data, not {len(self.rows)}"
            self._tell(Problem(message, remedy="choose one with --machine, or give --out a folder"))

    def finish(self) -> None:
        """Let the files appear, or print the only one."""
        if self.out == STDOUT:
            sys.stdout.flush()
            sys.stdout.buffer.write(self._data)
        self.staging.commit()

    def _tell(self, *problems: Problem) -> None:
        self.console.report(Report(problems), {})

    def _secrets(self, name: str) -> Secrets | None:
        try:
            secrets = parse_secrets(read_private(name), name)
        except Refused as refusal:
            # Without the lines around: they may be secret, whatever stands there.
            self.console.report(refusal.report, {})
            return None
        self._tell(*expired(secrets, time.time()))
        return secrets

    def take(self, opened: Opened, secrets: Secrets | None) -> None:
        """Render one spec."""
        self._machines.update(opened.machines)
        self._opened &= opened.spec is not None
        self._secret = secrets is not None
        reports, wanted = list[tuple[str, Report]](), set[SecretRef]()
        for made in rendered(opened, secrets or PLACEHOLDERS, self.only):
            self.console.progress(f"{opened.name}: {made.machine}")
            wanted |= needed(made.node)
            kept = Report.of(self._keep(opened, made, made_of)) if (made_of := opened.spec) else Report()
            reports.append((made.machine, made.report + opened.locate(kept)))
        report = opened.report + together(opened.name, reports)
        if secrets is not None and opened.spec is not None:
            report += Report.of(coverage(secrets, wanted, whole=not self.only))
        self.console.report(report, opened.texts)

    def _keep(self, opened: Opened, made: Rendered, spec: Spec) -> Iterator[Problem]:
        """Put one user-data where it waits; what hinders that is told. One with secrets stays out of git."""
        path = self.out / spec.cluster_name / made.machine / "user-data"
        if self.out == STDOUT:
            self._data = made.data
        elif path in self._taken:
            message = f"{self._taken[path]} and {opened.name} would both write {path}"
            yield Problem(message, ("clusterName",), "give each cluster a name of its own, or its own --out")
        else:
            self._taken[path] = opened.name
            try:
                for place, data in {path: made.data, **seed_files(self.seed, spec, made, path.parent)}.items():
                    if self._secret:
                        refuse_tracked(place)
                    self.staging.add(place, data)
            except Refused as refusal:
                yield from refusal.report
        if not self.seed:
            yield from unseeded(spec, made)
        self.rows.append(_row(opened.name, spec, path, made, self.seed))

    def _unknown(self, machine: str) -> Problem:
        close = get_close_matches(machine, self._machines, 1)
        remedy = f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(self._machines))}"
        return Problem(f"no machine is named {machine}", remedy=remedy)


def _row(name: str, spec: Spec, path: Path, made: Rendered, seed: str) -> Row:
    master = next(master for master in spec.masters if master.name == made.machine)
    node = spec.node_name(master)
    row = Row(
        spec=name,
        cluster=spec.cluster_name,
        machine=made.machine,
        path=str(path),
        provider=made.provider.name,
        format=spec.of_machine(made.machine).encoder.name,
        packing=made.packing,
        size=made.size,
        limit=made.provider.limit,
        unit=str(made.provider.unit),
        fingerprint=made.fingerprint,
        hand_over=made.provider.handed_over(made.parcel.format, made.packing, str(path), node, master.zone),
    )
    return replace(row, **seed_row(seed, path.parent, node))
