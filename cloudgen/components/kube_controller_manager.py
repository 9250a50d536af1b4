"""kube-controller-manager: a static pod on loopback."""

from collections.abc import Iterator
from typing import Final

from cloudgen.component import Component, Flags, arguments, effective
from cloudgen.facts import LOOPBACK, Facts
from cloudgen.pieces import Piece
from cloudgen.release import Since
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

_NAME: Final = "kube-controller-manager"
_REQUESTS: Final = {"requests": {"cpu": "200m"}}
_CONTROLLERS: Final = Since(
    {"1.22": "*,bootstrapsigner,tokencleaner", "1.28": "*,bootstrap-signer-controller,token-cleaner-controller"}
)
"""Controllers were renamed in v1.28 (kubernetes/kubernetes CHANGELOG-1.28)."""


class KubeControllerManager(StaticPodSettings, Component):
    """kube-controller-manager."""

    def pieces(self, facts: Facts) -> Iterator[Piece | Problem]:
        """The manifest."""
        flags = _flags(facts)
        port = facts.ports.kube_controller_manager
        yield from port_problems("kubeControllerManager", self.extra_args, port, "kubeControllerManager")
        host = probe_host(effective(flags, self.extra_args, "bind-address"))
        alive = http_get("/healthz", port, host=host)
        pod = StaticPod(
            name=_NAME,
            image=self.image or f"{facts.images.repository}/{_NAME}:{facts.release}",
            command=(_NAME, *arguments(flags, self.extra_args)),
            mounts=(
                *(Mount(name, path) for name, path in facts.trust_mounts),
                Mount("flexvolume-dir", facts.paths.volume_plugins, read_only=False),
                Mount("k8s-ca", facts.paths.ca),
                Mount("k8s-certs", facts.paths.certs),
                Mount("k8s-kube-controller-manager-configs", facts.paths.of_component(_NAME)),
            ),
            probes={
                "livenessProbe": liveness(alive),
                "readinessProbe": readiness(alive),
                "startupProbe": startup(alive),
            },
            requests=self.resources.given() or _REQUESTS,
            annotations={},
            environment=facts.proxy_environment,
        )
        yield from pod.pieces(facts.paths, "kubeControllerManager", self.extra_args)


def _flags(facts: Facts) -> Flags:
    pki, kubeconfig = facts.pki, facts.paths.kubeconfig(_NAME)
    server = pki.certificate("kube-controller-manager-server")
    kubernetes_ca = pki.authority("kubernetes-ca").path
    return {
        "authentication-kubeconfig": kubeconfig,
        "authorization-kubeconfig": kubeconfig,
        "bind-address": LOOPBACK,
        "client-ca-file": kubernetes_ca,
        **({"cloud-provider": "external"} if facts.external_cloud else {}),
        "cluster-cidr": facts.networking.pod_subnet,
        "cluster-name": "kubernetes",
        "controllers": _CONTROLLERS.at(facts.release),
        "flex-volume-plugin-dir": facts.paths.volume_plugins,
        "kubeconfig": kubeconfig,
        "leader-elect": "true",
        "requestheader-client-ca-file": pki.authority("front-proxy-ca").path,
        "root-ca-file": kubernetes_ca,
        "secure-port": str(facts.ports.kube_controller_manager),
        "service-account-private-key-file": pki.half("private").path,
        "service-cluster-ip-range": facts.networking.service_subnet,
        "tls-cert-file": server.path,
        "tls-private-key-file": server.key_path,
        "use-service-account-credentials": "true",
    }
