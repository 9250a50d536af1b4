"""Snapshots of etcd by a timer: an option."""

import re
from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from cloudgen import bundle
from cloudgen.component import Component
from cloudgen.envfile import to_env
from cloudgen.facts import LOOPBACK, Facts
from cloudgen.model import AbsolutePath, Line, Settings, Whole, fault
from cloudgen.pieces import Directory, File, Piece, Unit
from cloudgen.report import Problem
from cloudgen.template import render

_DAY: Final = "(mon(day)?|tue(sday)?|wed(nesday)?|thu(rsday)?|fri(day)?|sat(urday)?|sun(day)?)"


def _listed(atom: str, step: str = "(/[0-9]+)?") -> str:
    one = rf"{atom}(\.\.{atom})?{step}"
    return f"{one}(,{one})*"


_NUMBER: Final = _listed(r"(\*|[0-9]+)")
_HOURS: Final = _listed(r"(\*|[01]?[0-9]|2[0-3])")
_SIXTIETHS: Final = _listed(r"(\*|[0-5]?[0-9])")
_WORDS: Final = {
    "s": "minutely|hourly|daily|weekly|monthly|quarterly|yearly|annually|(semi|bi)-?annually",
    "w": _listed(_DAY, ""),
    "d": rf"({_NUMBER}-)?{_NUMBER}[-~]{_NUMBER}",
    "t": rf"{_HOURS}:{_SIXTIETHS}(:{_SIXTIETHS}(\.[0-9]+)?)?",
    "z": r"[a-z][a-z0-9_+-]*(/[a-z0-9_+-]+)*",
}
"""Words of a calendar event and their order (systemd.time(7)): a shorthand or weekdays, date and time; the zone."""
_EVENT: Final = re.compile(r"(s|wd?t?|dt?|t)z?")


def _schedule(value: str) -> str:
    """What systemd cannot read as a time would not only take no snapshots: the bootstrap fails at such a timer."""
    kinds = (
        next((kind for kind, form in _WORDS.items() if re.fullmatch(form, word)), "?") for word in value.lower().split()
    )
    if not _EVENT.fullmatch("".join(kinds)):
        raise fault(
            f"'{value[:80]}' is not a time that systemd knows",
            "write it like daily, Mon..Fri 03:00 or *-*-* 0/6:00:00; systemd-analyze calendar tells when that is",
        )
    return value


class EtcdSnapshots(Settings, Component):
    """Snapshots of etcd on the machine's own disk; carry them elsewhere yourself."""

    enabled: bool = False
    """Take them."""
    schedule: Annotated[Line, AfterValidator(_schedule)] = "daily"
    """When, as systemd's OnCalendar= says it."""
    keep: Annotated[Whole, Field(ge=1)] = 7
    """How many are kept."""
    directory: AbsolutePath = "/var/backups/etcd"
    """Where they lie."""

    def pieces(self, facts: Facts) -> Iterator[Piece | Problem]:
        """The timer, its service, and the service's settings."""
        if not self.enabled:
            return
        yield Directory(path=self.directory, mode=0o700, origin=("etcdSnapshots", "directory"))
        yield bundle.script(facts.paths.library, "etcd-snapshot")
        yield File(path=f"{facts.paths.config}/etcd-snapshot.env", content=to_env(self._environment(facts)))
        service = "components/etcd_snapshots.cloudgen-etcd-snapshot.service.j2"
        timer = "components/etcd_snapshots.cloudgen-etcd-snapshot.timer.j2"
        yield Unit(name="cloudgen-etcd-snapshot.service", text=render(service, paths=facts.paths))
        text = render(timer, schedule=self.schedule)
        yield Unit(name="cloudgen-etcd-snapshot.timer", text=text, after_bootstrap=True)

    def _environment(self, facts: Facts) -> dict[str, str]:
        client = facts.pki.certificate("kube-apiserver-etcd-client")
        return {
            "ETCD_SNAPSHOT_DIR": self.directory,
            "ETCD_SNAPSHOT_KEEP": str(self.keep),
            "ETCDCTL_ENDPOINTS": f"https://{LOOPBACK}:{facts.ports.etcd_client}",
            "ETCDCTL_CACERT": facts.pki.authority("etcd-ca").path,
            "ETCDCTL_CERT": client.path,
            "ETCDCTL_KEY": client.key_path,
        }
