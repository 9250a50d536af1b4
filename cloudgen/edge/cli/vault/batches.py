"""One run of minting, as `mint` and `up` have it: what is asked for, what is told, what becomes of what was before."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudgen.edge.cli.console import Console, plural
from cloudgen.edge.reading import refused
from cloudgen.edge.vault.minting import Batch, clean_up, in_use, minted, preflight, supersede
from cloudgen.report import Refused
from cloudgen.vault.minting import Grant
from cloudgen.vault.states import ended

if TYPE_CHECKING:
    from cloudgen.edge.cli.vault.opening import Session
    from cloudgen.edge.vault.records import Records
    from cloudgen.vault.manifest import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be minted."""

    session: "Session"
    todo: Sequence[Grant]
    replace: bool
    console: Console

    def check(self) -> None:
        """Whether it can be done; a clock that differs is told. Raises `Refused`."""
        self.console.report(preflight(self.session.client, self.session.wanted, self.todo), {})

    @contextmanager
    def minted(self, records: "Records") -> Iterator[Batch]:
        """Mint; hold it until it is delivered; then end what it replaces. Raises `Refused`."""
        wanted, client = self.session.wanted, self.session.client
        for run in clean_up(client, wanted, records):
            self.console.note(ended(run))
            self._tell_left(run)
        old, living = in_use(client, wanted, self.todo, records.manifest)
        if living and not self.replace:
            raise _lived_on(living)
        with stoppable(), minted(client, wanted, self.todo, records, self._count) as batch:
            yield batch
        if batch.completed:
            self._supersede(batch, old)
        else:
            self.console.note("what was minted is revoked")

    def _supersede(self, batch: Batch, old: Sequence[tuple[str, str]]) -> None:
        """The new tokens are delivered already, whatever becomes of the old."""
        try:
            supersede(self.session.client, self.session.wanted, batch, self.todo, old)
        except Refused as refusal:
            self.console.report(refusal.report, {})
            self.console.note("what is minted is good, but what it replaces could not be revoked: run it again")
            return
        if old:
            self.console.note(f"{plural(len(old), 'older secret-id')} destroyed: deliver the new tokens before long")

    def _tell_left(self, killed: "Run") -> None:
        """Machines that have nothing now, and are not minted for here."""
        done = {(grant.machine, grant.name) for grant in self.todo}
        left = dict.fromkeys(t.machine for t in killed.tokens if (t.machine, t.issuer) not in done)
        if left:
            self.console.note(f"mint for {', '.join(left)} as well: the tokens that were written for them are dead")

    def _count(self, done: int) -> None:
        self.console.progress(f"minted {done} of {len(self.todo)}")


@contextmanager
def stoppable() -> Iterator[None]:
    """Whoever stops a job sends SIGTERM first: it is as good a reason to clean up as ^C."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _lived_on(machines: Sequence[str]) -> Exception:
    message = f"{', '.join(machines)} may live on secret-ids that are there already"
    remedy = (
        "--machine chooses others; --replace destroys them, and a live machine needs the new tokens within 12 hours"
    )
    return refused(message, remedy)
