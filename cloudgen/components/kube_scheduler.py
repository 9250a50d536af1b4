"""kube-scheduler: a static pod on loopback."""

from collections.abc import Iterator
from typing import Final

from cloudgen.component import Component, Flags, arguments, effective
from cloudgen.facts import LOOPBACK, Facts
from cloudgen.pieces import Piece
from cloudgen.report import Problem
from cloudgen.static_pod import (
    Mount,
    StaticPod,
    StaticPodSettings,
    http_get,
    liveness,
    port_problems,
    probe_host,
    readiness,
    startup,
)

_NAME: Final = "kube-scheduler"
_REQUESTS: Final = {"requests": {"cpu": "100m"}}


class KubeScheduler(StaticPodSettings, Component):
    """kube-scheduler."""

    def pieces(self, facts: Facts) -> Iterator[Piece | Problem]:
        """The manifest."""
        flags = _flags(facts)
        port = facts.ports.kube_scheduler
        yield from port_problems("kubeScheduler", self.extra_args, port, "kubeScheduler")
        host = probe_host(effective(flags, self.extra_args, "bind-address"))
        alive = http_get("/healthz", port, host=host)
        pod = StaticPod(
            name=_NAME,
            image=self.image or f"{facts.images.repository}/{_NAME}:{facts.release}",
            command=(_NAME, *arguments(flags, self.extra_args)),
            mounts=(
                Mount("k8s-ca", facts.paths.ca),
                Mount("k8s-certs", facts.paths.certs),
                Mount("k8s-kube-scheduler-configs", facts.paths.of_component(_NAME)),
            ),
            probes={
                "livenessProbe": liveness(alive),
                "readinessProbe": readiness(alive),
                "startupProbe": startup(alive),
            },
            requests=self.resources.given() or _REQUESTS,
            annotations={},
            environment={},
        )
        yield from pod.pieces(facts.paths, "kubeScheduler", self.extra_args)


def _flags(facts: Facts) -> Flags:
    kubeconfig, server = facts.paths.kubeconfig(_NAME), facts.pki.certificate("kube-scheduler-server")
    return {
        "authentication-kubeconfig": kubeconfig,
        "authorization-kubeconfig": kubeconfig,
        "bind-address": LOOPBACK,
        "kubeconfig": kubeconfig,
        "leader-elect": "true",
        "secure-port": str(facts.ports.kube_scheduler),
        "tls-cert-file": server.path,
        "tls-private-key-file": server.key_path,
    }
