"""One run of minting, as `mint` and `up` have it: what is asked for, what is told, what becomes of what was before."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cloudgen.edge.cli.console import Console, plural
from cloudgen.edge.reading import refused
from cloudgen.edge.vault.minting import Batch, clean_up, in_use, minted, preflight, supersede
from cloudgen.report import Report, warning
from cloudgen.vault.minting import Grant

if TYPE_CHECKING:
    from cloudgen.edge.cli.vault.opening import Session
    from cloudgen.edge.vault.records import Records

_SKEW: Final = 30
"""Seconds that clocks may differ by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be minted."""

    session: "Session"
    todo: Sequence[Grant]
    replace: bool
    console: Console

    def check(self) -> None:
        """Whether it can be done; a clock that differs is told. Raises `Refused`."""
        ahead = preflight(self.session.client, self.session.wanted, self.todo)
        if abs(ahead) > _SKEW:
            message = f"this clock is {abs(ahead)} seconds {'ahead of' if ahead > 0 else 'behind'} Vault's"
            remedy = "ends of tokens are by Vault's clock; machines must have the right time"
            self.console.report(Report((warning(message, remedy=remedy),)), {})

    @contextmanager
    def minted(self, records: "Records") -> Iterator[Batch]:
        """Mint; hold it until it is delivered; then end what it replaces. Raises `Refused`."""
        wanted, client = self.session.wanted, self.session.client
        for name in clean_up(client, wanted, records):
            self.console.note(f"run {name} had been cut off; what it minted is revoked")
        old, living = in_use(client, wanted, self.todo, records.manifest)
        if living and not self.replace:
            raise _lived_on(living)
        with stoppable(), minted(client, wanted, self.todo, records, self._count) as batch:
            yield batch
        if not batch.completed:
            self.console.note("what was minted is revoked")
            return
        supersede(client, wanted, batch, self.todo, old)
        if old:
            self.console.note(f"{plural(len(old), 'older secret-id')} destroyed: deliver the new tokens before long")

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
