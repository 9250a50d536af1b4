"""Snapshots of etcd by a timer: an option."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from cloudgen import bundle
from cloudgen.component import Component
from cloudgen.envfile import to_env
from cloudgen.facts import LOOPBACK, Facts
from cloudgen.model import AbsolutePath, Line, Settings, Whole
from cloudgen.pieces import Directory, File, Piece, Unit
from cloudgen.report import Problem
from cloudgen.template import render


class EtcdSnapshots(Settings, Component):
    """Snapshots of etcd on the machine's own disk; carry them elsewhere yourself."""

    enabled: bool = False
    """Take them."""
    schedule: Line = "daily"
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
