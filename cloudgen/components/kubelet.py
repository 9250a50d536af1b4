"""kubelet: its unit, its flags, its configuration."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

from cloudgen.component import Component, arguments, paths_in
from cloudgen.dump import to_yaml
from cloudgen.envfile import quoted, words
from cloudgen.facts import Facts
from cloudgen.family import NEVER_BELOW, lies_below
from cloudgen.kubernetes import label_problem
from cloudgen.model import Config, ExtraArgs, Line, Settings, fault, merge
from cloudgen.pieces import File, Piece, Unit
from cloudgen.release import Since
from cloudgen.report import Path, Problem
from cloudgen.template import render

_TAINT: Final = Since(
    {"1.22": "node-role.kubernetes.io/master:NoSchedule", "1.24": "node-role.kubernetes.io/control-plane:NoSchedule"}
)
"""As kubeadm taints its masters (kubeadm, "control plane node taints", KEP-2067)."""
_RELOADS_CERTIFICATE: Final = Since({"1.22": False, "1.31": True})
"""kubelet reads a renewed serving certificate by itself since v1.31 (kubernetes/kubernetes PR 124574)."""
_DOCKERSHIM: Final = Since({"1.22": True, "1.24": False})
"""Flags of dockershim and its CNI, gone in v1.24 (PR 106907)."""
_RUNTIME_FLAG: Final = Since({"1.22": True, "1.27": False})
"""--container-runtime is gone, and its endpoint a field of the configuration, in v1.27 (PR 114017)."""
_PAUSE_FLAG: Final = Since({"1.22": True, "1.35": False})
"""--pod-infra-container-image is gone in v1.35 (PR 133779)."""
_CONFIG_TAINTS: Final = Since({"1.22": False, "1.23": True})
"""registerWithTaints and the logging options are fields of the configuration since v1.23."""
_LABEL_VALUE: Final = re.compile(r"([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?")
_EFFECTS: Final = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_TAINT_PARTS: Final = ("key", "value", "effect")


def _taint(value: str) -> str:
    name, _, effect = value.rpartition(":")
    if not name.partition("=")[0] or set(name) & set(":, ") or effect not in _EFFECTS:
        raise fault(f"'{value[:80]}' is not a taint", f"write key=value:EFFECT, EFFECT being {', '.join(_EFFECTS)}")
    return value


class Kubelet(Settings, Component):
    """kubelet."""

    extra_args: ExtraArgs = Field(default_factory=dict)
    """Flags beside cloudgen's: a value, a list (the flag repeated), or null (a default is taken away)."""
    config: Config = Field(default_factory=dict)
    """Keys of KubeletConfiguration, merged over cloudgen's; null takes a default away."""
    node_labels: dict[Line, Line] = Field(default_factory=dict)
    """Labels that kubelet registers its node with; of the kubernetes.io ones only those that it may set itself."""
    node_taints: tuple[Annotated[Line, AfterValidator(_taint)], ...] | None = None
    """Taints that the node is registered with, as key=value:Effect; by default the control plane's."""

    def pieces(self, facts: Facts) -> Iterator[Piece | Problem]:
        """The unit and its drop-in, the flags, the configuration; a watcher where a certificate is not reloaded."""
        yield from self._label_problems()
        yield from self._name_problems(facts)
        paths = facts.paths
        unit = render("components/kubelet.service.j2", paths=paths)
        yield Unit(name="kubelet.service", text=unit, after_bootstrap=True)
        env = f"{paths.of_component('kubelet')}/service/kubelet-args.env"
        drop_in = render("components/kubelet.10-fraima.conf.j2", binaries=paths.binaries, env=env)
        yield File(path=f"{paths.units}/kubelet.service.d/10-fraima.conf", content=drop_in, reads=frozenset({env}))
        groups = self._flags(facts)
        yield File(path=env, content=_env(groups), reads=paths_in(list(groups.values()), paths.root))
        config = merge(self._config(facts), self.config)
        yield File(path=_config_path(facts), content=to_yaml(config), reads=paths_in(config, paths.root))
        if not _RELOADS_CERTIFICATE.at(facts.release):
            yield from _certificate_watch(facts)

    def _label_problems(self) -> Iterator[Problem]:
        for key, value in self.node_labels.items():
            path: Path = ("kubelet", "nodeLabels", key)
            if told := label_problem(key):
                message, _, form = told.partition(": [")
                remedy = f"write [{form}" if form else "set it with kubectl label once the node is there"
                yield Problem(message, path, remedy, on_key=True)
            if not _LABEL_VALUE.fullmatch(value):
                remedy = "write at most 63 letters, digits, '-', '_' or '.', beginning and ending with the first two"
                yield Problem(f"'{value[:80]}' is no value of a label", path, remedy)

    def _name_problems(self, facts: Facts) -> Iterator[Problem]:
        name = (facts.machine.node,)
        if self.extra_args.get("hostname-override", name) != name:
            message = f"the node is called {name[0]} in its certificate: kubelet would not be let in by another name"
            yield Problem(message, ("kubelet", "extraArgs", "hostname-override"), "leave it out")
        plugins = str(self.config.get("volumePluginDir", ""))
        if lies_below(plugins, NEVER_BELOW):
            message = f"kubelet would make {plugins}: nothing may be made below {NEVER_BELOW}"
            yield Problem(message, ("kubelet", "config", "volumePluginDir"), "leave it out, or choose one below /var")
        folder = facts.paths.manifests
        if self.config.get("staticPodPath", folder) != folder:
            message = f"the manifests lie in {folder}: kubelet would run none of them"
            yield Problem(message, ("kubelet", "config", "staticPodPath"), "leave it out; paths.root moves the folder")

    def _taints(self, facts: Facts) -> tuple[str, ...]:
        return (_TAINT.at(facts.release),) if self.node_taints is None else self.node_taints

    def _flags(self, facts: Facts) -> dict[str, tuple[str, ...]]:
        """The flags of each variable. A flag of the user takes the place of ours, a new one goes to the basic ones."""
        groups = self._default_flags(facts)
        known = {name for flags in groups.values() for name in flags}
        own = {
            variable: {name: value for name, value in self.extra_args.items() if name in flags}
            for variable, flags in groups.items()
        }
        own["KUBELET_BASIC_ARGS"] |= {name: value for name, value in self.extra_args.items() if name not in known}
        return {variable: arguments(flags, own[variable]) for variable, flags in groups.items()}

    def _default_flags(self, facts: Facts) -> dict[str, dict[str, str]]:
        paths, release = facts.paths, facts.release
        labels = ",".join(f"{key}={value}" for key, value in self.node_labels.items())
        taints = "" if _CONFIG_TAINTS.at(release) else ",".join(self._taints(facts))
        basic = {
            "register-node": "true",
            "cloud-provider": "external" if facts.external_cloud else "",
            "image-pull-progress-deadline": "2m" if _DOCKERSHIM.at(release) else "",
            "cert-dir": f"{paths.certs}/kubelet",
            "node-labels": labels,
            "node-ip": facts.machine.address or "",
            "register-with-taints": taints,
            "v": "2",
        }
        cni = {"cni-bin-dir": paths.cni_binaries, "cni-conf-dir": paths.cni_config, "network-plugin": "cni"}
        return {
            "KUBELET_HOSTNAME": {"hostname-override": facts.machine.node},
            "KUBELET_BASIC_ARGS": {name: value for name, value in basic.items() if value},
            "KUBELET_AUTH_ARGS": {},
            "KUBELET_CNI_ARGS": cni if _DOCKERSHIM.at(release) else {},
            "KUBELET_CONFIGS_ARGS": {"config": _config_path(facts), "root-dir": paths.kubelet_root},
            "KUBELET_KUBECONFIG_ARGS": {"kubeconfig": paths.kubeconfig("kubelet")},
            "KUBELET_RUNTIME_ARGS": _runtime_flags(facts),
        }

    def _config(self, facts: Facts) -> dict[str, Any]:
        release, server = facts.release, facts.pki.certificate("kubelet-server")
        taints = [_parsed(taint) for taint in self._taints(facts)]
        resolv_conf = facts.paths.resolv_conf if facts.host.resolv_conf == "auto" else facts.host.resolv_conf
        return {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            **_access(facts.pki.authority("kubernetes-ca").path),
            "tlsCertFile": server.path,
            "tlsPrivateKeyFile": server.key_path,
            "clusterDNS": [facts.networking.dns_service],
            "clusterDomain": facts.networking.dns_domain,
            "resolvConf": resolv_conf,
            "staticPodPath": facts.paths.manifests,
            "volumePluginDir": facts.paths.volume_plugins,
            **({} if _RUNTIME_FLAG.at(release) else {"containerRuntimeEndpoint": _endpoint(facts)}),
            **({"failSwapOn": False} if facts.host.swap == "keep" else {}),
            **({"logging": _LOGGING} if _CONFIG_TAINTS.at(release) else {}),
            **({"registerWithTaints": taints} if _CONFIG_TAINTS.at(release) else {}),
            **_BEHAVIOUR,
        }


def _access(authority: str) -> dict[str, Any]:
    return {
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"cacheTTL": "0s", "enabled": True},
            "x509": {"clientCAFile": authority},
        },
        "authorization": {
            "mode": "Webhook",
            "webhook": {"cacheAuthorizedTTL": "0s", "cacheUnauthorizedTTL": "0s"},
        },
    }


_LOGGING: Final = {"flushFrequency": 0, "options": {"json": {"infoBufferSize": "0"}}, "verbosity": 0}
_BEHAVIOUR: Final[Mapping[str, Any]] = {
    "cgroupDriver": "systemd",
    "cpuManagerReconcilePeriod": "0s",
    "evictionPressureTransitionPeriod": "5s",
    "fileCheckFrequency": "0s",
    "healthzBindAddress": "127.0.0.1",
    "healthzPort": 10248,
    "httpCheckFrequency": "0s",
    "imageMinimumGCAge": "12h",
    "memorySwap": {},
    "rotateCertificates": False,
    "runtimeRequestTimeout": "0s",
    "serverTLSBootstrap": False,
    "shutdownGracePeriod": "15s",
    "shutdownGracePeriodCriticalPods": "5s",
    "streamingConnectionIdleTimeout": "0s",
    "syncFrequency": "0s",
    "volumeStatsAggPeriod": "0s",
    "containerLogMaxSize": "50Mi",
    "maxPods": 250,
    "kubeAPIQPS": 50,
    "kubeAPIBurst": 100,
    "podPidsLimit": 4096,
    "serializeImagePulls": False,
    "systemReserved": {"ephemeral-storage": "1Gi"},
    "tlsMinVersion": "VersionTLS12",
    "tlsCipherSuites": [
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    ],
    "allowedUnsafeSysctls": ["net.core.somaxconn"],
}
"""The article's settings where they are sound; a duration of 0s is kubelet's own default."""


def _config_path(facts: Facts) -> str:
    return f"{facts.paths.of_component('kubelet')}/config.yaml"


def _endpoint(facts: Facts) -> str:
    return f"unix://{facts.paths.containerd_socket}"


def _runtime_flags(facts: Facts) -> dict[str, str]:
    flags: dict[str, str] = {}
    if _RUNTIME_FLAG.at(facts.release):
        flags |= {"container-runtime": "remote", "container-runtime-endpoint": _endpoint(facts)}
    if _PAUSE_FLAG.at(facts.release):
        flags["pod-infra-container-image"] = f"{facts.images.repository}/pause:{facts.companions.pause}"
    return flags


def _parsed(taint: str) -> dict[str, str]:
    name, _, effect = taint.rpartition(":")
    key, _, value = name.partition("=")
    return {part: text for part, text in zip(_TAINT_PARTS, (key, value, effect), strict=True) if text}


def _env(groups: Mapping[str, tuple[str, ...]]) -> str:
    return "".join(f"{variable}={quoted(words(flags))}\n" for variable, flags in groups.items())


def _certificate_watch(facts: Facts) -> Iterator[Piece]:
    certificate = facts.pki.certificate("kubelet-server").path
    path = render("components/kubelet.cloudgen-kubelet-certificate.path.j2", certificate=certificate)
    yield Unit(name="cloudgen-kubelet-certificate.path", text=path, after_bootstrap=True)
    service = render("components/kubelet.cloudgen-kubelet-certificate.service.j2")
    yield Unit(name="cloudgen-kubelet-certificate.service", text=service)
