"""One run of `cloudgen up`: what can be wrong is found before Vault is touched, and tokens are made last."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cloudgen.edge.cli.console import Console
from cloudgen.edge.cli.render import tell
from cloudgen.edge.cli.rendering import Rendering
from cloudgen.edge.cli.seeding import seed_files
from cloudgen.edge.cli.vault.batches import Job
from cloudgen.edge.cli.vault.opening import Session, open_told, session_of, tell_elsewhere
from cloudgen.edge.cli.vault.provisioning import provision
from cloudgen.edge.opened import Opened, rendered, together
from cloudgen.edge.reading import cannot, read_private
from cloudgen.edge.staging import Staging
from cloudgen.edge.vault.records import read_manifest, records
from cloudgen.edge.worktree import refuse_tracked
from cloudgen.generate import Rendered
from cloudgen.report import Refused, Report
from cloudgen.secrets import BOOTSTRAP_TOKEN, PLACEHOLDERS, Secrets
from cloudgen.secrets_file import parse_secrets
from cloudgen.vault.minting import grants, select


@dataclass(slots=True)
class Rising:
    """What was done so far; what is wrong goes to the console, or is raised as `Refused`."""

    console: Console
    out: Path
    only: frozenset[str]
    seed: str
    replace: bool = field(kw_only=True)
    dev: bool = False
    written: bool = False
    _opened: Opened | None = None
    _named: Secrets = PLACEHOLDERS
    _rendering: Rendering | None = None

    def open(self, name: str, secrets: str | None) -> bool:
        """Whether the spec is in order, and its machines can be rendered. Raises `Refused`."""
        self._opened = opened = open_told(name, self.console)
        if opened is None:
            return False
        if secrets:
            values = parse_secrets(read_private(secrets), secrets).values
            self._named = Secrets({ref: text for ref, text in values.items() if ref.kind != BOOTSTRAP_TOKEN})
        machines = [*rendered(opened, self._named, self.only)]
        failed = [(made.machine, made.report) for made in machines if made.report.failed]
        self.console.report(together(name, failed), opened.texts)
        for made in machines:
            self._judge(opened, made)
        return self.console.code == 0

    def _judge(self, opened: Opened, made: Rendered) -> None:
        """Whether the files of a machine can be made, and where git does not see them. Raises `Refused`."""
        folder = self._folder(opened) / made.machine
        refuse_tracked(folder / "user-data")
        try:
            for path in seed_files(self.seed, opened.spec, made, folder) if opened.spec else ():
                refuse_tracked(path)
        except Refused as refusal:
            self.console.report(opened.locate(refusal.report), opened.texts)

    @property
    def namespace(self) -> str | None:
        """Where in Vault the cluster is to be."""
        spec = self._opened.spec if self._opened else None
        return spec.vault.namespace if spec else None

    def go(self, environment: Mapping[str, str], agreed: Callable[[], bool]) -> None:
        """Provision, mint, render. Raises `Refused`."""
        found = session_of(self._opened, environment) if self._opened else None
        if found is None or self._opened is None:
            return
        select(found.wanted, sorted(self.only))
        if not self.dev:
            tell_elsewhere(self._opened, found, self.console)
        folder = self._folder(self._opened)
        manifest = None if self.dev else folder / "mint.manifest.json"
        if manifest:
            # One of another server may mean that this is not the Vault that was meant.
            read_manifest(manifest, found.unminted)
        if provision(found, self.console, agreed, quiet=self.dev) is None:
            return
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise cannot("make", folder, fault) from None
        self._mint(found, self._opened, manifest)

    def _mint(self, found: Session, opened: Opened, manifest: Path | None) -> None:
        todo = grants(found.wanted, sorted(self.only))
        job = Job(session=found, todo=todo, replace=self.replace, console=self.console)
        job.check()
        with (
            records(manifest, found.unminted) as kept,
            job.minted(kept) as batch,
            Staging() as staging,
        ):
            self._rendering = Rendering(self.console, staging, self.out, self.only, self.seed)
            # The spec's own problems have been told.
            again = replace(opened, report=Report())
            self._rendering.take(again, Secrets({**self._named.values, **batch.values}))
            if self.console.code == 0:
                self._rendering.finish()
                batch.complete()
                self.written = True

    def _folder(self, opened: Opened) -> Path:
        return self.out / (opened.spec.cluster_name if opened.spec else "")

    def tell(self) -> None:
        """What is written."""
        if self._rendering is not None and self.written:
            tell(self._rendering, self.console)
        elif self.console.json:
            self.console.result(written=False, machines=[])
        else:
            self.console.note("nothing is written")
