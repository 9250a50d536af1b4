"""etcd: a static pod on every master, and shell helpers that find its members."""

from collections.abc import Iterator, Mapping
from typing import Final

from cloudgen.component import SEARCHED, Component, Flags, arguments, effective
from cloudgen.facts import LOOPBACK, Facts
from cloudgen.model import Line
from cloudgen.pieces import Disk, File, Piece
from cloudgen.release import Since
from cloudgen.report import Problem
from cloudgen.sections import EtcdDisk
from cloudgen.static_pod import Mount, StaticPod, StaticPodSettings, http_get, liveness, readiness, startup
from cloudgen.template import render

_REQUESTS: Final = {"requests": {"cpu": "100m", "memory": "100Mi"}}
_METRICS: Final = "listen-metrics-urls"
_KNOWN: Final = Since({"0.0": False, "3.4": True})
_ALIVE: Final = Since({"3.4": "/metrics", "3.5.3": "/health?exclude=NOSPACE&serializable=true", "3.5.11": "/livez"})
"""Liveness that a lost quorum or a full disk does not fail: a restart would mend neither. Before 3.5.3 /health knows
nothing of `serializable` and asks the whole cluster (etcd CHANGELOG-3.5, PR 13706)."""
_READY: Final = Since({"3.4": "/health", "3.5.11": "/readyz"})
_KEPT_FILES: Final[Since[Mapping[str, str]]] = Since({"3.4": {"max-snapshots": "10", "max-wals": "10"}, "3.6": {}})
"""Deprecated with the v2 snapshots that etcd 3.6 no longer writes."""


class Etcd(StaticPodSettings, Component):
    """etcd."""

    version: Line | None = None
    """Image tag, such as 3.5.6-0; by default kubeadm's choice for the Kubernetes version."""
    disk: EtcdDisk | None = None
    """A disk of its own for the data; without it the data lies on the root disk."""
    cluster_token: Line = "etcd"  # noqa: S105 - a name, no secret
    """--initial-cluster-token."""

    def pieces(self, facts: Facts) -> Iterator[Piece | Problem]:
        """The manifest, the helpers and the disk."""
        if not _KNOWN.at(facts.etcd_version):
            yield Problem(f"etcd {facts.etcd_version} is too old", ("etcd", "version"), "write 3.4.0 or newer")
            return
        yield from self._mute(facts)
        yield from self._pod(facts).pieces(facts.paths, "etcd", self.extra_args)
        yield File(path="/etc/profile.d/cloudgen-etcd.sh", content=_helpers(facts))
        if self.disk:
            yield Disk(
                device=self.disk.device,
                filesystem=self.disk.filesystem,
                label=self.disk.label,
                mount=facts.paths.etcd_data,
                origin=("etcd", "disk"),
            )

    def _mute(self, facts: Facts) -> Iterator[Problem]:
        """Metrics that are served where kubelet's probes do not ask."""
        asked = f":{facts.ports.etcd_metrics}"
        urls = effective(self._flags(facts), self.extra_args, _METRICS).split(",")
        hosts = ("127.0.0.1", "localhost", "0.0.0.0")  # noqa: S104 - a comparison
        if not {f"http://{host}{asked}" for host in (*hosts, "[::]")}.intersection(url.rstrip("/") for url in urls):
            message = f"kubelet's probes ask http://{LOOPBACK}{asked}: without an answer it restarts etcd for ever"
            remedy = "let http://127.0.0.1 with that port be one of them; ports: {etcdMetrics: ...} is the port"
            yield Problem(message, ("etcd", "extraArgs", _METRICS), remedy)

    def _pod(self, facts: Facts) -> StaticPod:
        port = facts.ports.etcd_metrics
        alive = http_get(_ALIVE.at(facts.etcd_version), port, "HTTP")
        return StaticPod(
            name="etcd",
            image=self.image or f"{facts.images.repository}/etcd:{facts.etcd_version}",
            command=("etcd", *arguments(self._flags(facts), self.extra_args)),
            mounts=(
                Mount("etcd-data", facts.paths.etcd_data, read_only=False),
                Mount("etcd-certs", f"{facts.paths.certs}/etcd"),
                Mount("ca", facts.paths.ca),
            ),
            probes={
                "livenessProbe": liveness(alive),
                "readinessProbe": readiness(http_get(_READY.at(facts.etcd_version), port, "HTTP")),
                "startupProbe": startup(alive),
            },
            requests=self.resources.given() or _REQUESTS,
            annotations={},
            environment={},
        )

    def _flags(self, facts: Facts) -> Flags:
        return {
            **_membership(facts),
            **_identity(facts),
            "listen-client-urls": f"https://{facts.any_address}:{facts.ports.etcd_client}",
            "listen-peer-urls": f"https://{facts.any_address}:{facts.ports.etcd_peer}",
            _METRICS: f"http://{LOOPBACK}:{facts.ports.etcd_metrics}",
            "initial-cluster-token": self.cluster_token,
            "initial-cluster-state": facts.machine.initial_cluster_state,
            "data-dir": facts.paths.etcd_data,
            **_TUNING,
            **_KEPT_FILES.at(facts.etcd_version),
        }


def _membership(facts: Facts) -> Flags:
    ports, name = facts.ports, facts.machine.fqdn
    return {
        "name": name,
        "initial-cluster": ",".join(f"{m.fqdn}=https://{m.fqdn}:{ports.etcd_peer}" for m in facts.machines),
        "initial-advertise-peer-urls": f"https://{name}:{ports.etcd_peer}",
        "advertise-client-urls": f"https://{name}:{ports.etcd_client}",
    }


def _identity(facts: Facts) -> Flags:
    ca = facts.pki.authority("etcd-ca").path
    peer, server = facts.pki.certificate("etcd-peer"), facts.pki.certificate("etcd-server")
    return {
        "peer-trusted-ca-file": ca,
        "trusted-ca-file": ca,
        "peer-cert-file": peer.path,
        "peer-key-file": peer.key_path,
        "cert-file": server.path,
        "key-file": server.key_path,
        "peer-client-cert-auth": "true",
        "client-cert-auth": "true",
    }


_TUNING: Final[Mapping[str, str]] = {
    "strict-reconfig-check": "true",
    "snapshot-count": "10000",
    "heartbeat-interval": "250",
    "election-timeout": "1500",
    "quota-backend-bytes": "0",
    "auto-compaction-retention": "8",
    "force-new-cluster": "false",
    "metrics": "extensive",
    "logger": "zap",
}


def _helpers(facts: Facts) -> str:
    client = facts.pki.certificate("kube-apiserver-etcd-client")
    return render(
        "components/etcd.helpers.sh.j2",
        binaries=facts.paths.binaries,
        searched=SEARCHED,
        certificate=client.path,
        key=client.key_path,
        authority=facts.pki.authority("etcd-ca").path,
        endpoint=f"https://{LOOPBACK}:{facts.ports.etcd_client}",
    )
