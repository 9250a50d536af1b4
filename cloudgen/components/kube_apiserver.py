"""kube-apiserver: a static pod, its audit policy and its encryption configuration."""

from collections.abc import Iterator
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from cloudgen.component import Component, Flags, arguments, effective
from cloudgen.dump import to_yaml
from cloudgen.facts import LOOPBACK, Facts
from cloudgen.model import ExtraArgs, Line, SecretName, Settings, Whole, fault
from cloudgen.objects import PolicyFile
from cloudgen.pieces import File, Piece
from cloudgen.report import Problem, warning
from cloudgen.secrets import NAMED, SecretRef
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

_REQUESTS: Final = {"requests": {"cpu": "250m"}}
_ENDPOINT: Final = "kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint"
_NAME: Final = "kube-apiserver"

_READS: Final = ["get", "list", "watch"]
_POLICY: Final[dict[str, Any]] = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {"level": "None", "nonResourceURLs": ["/healthz*", "/livez*", "/readyz*", "/version", "/openapi*"]},
        {"level": "None", "resources": [{"group": "coordination.k8s.io", "resources": ["leases"]}]},
        {"level": "None", "resources": [{"group": "", "resources": ["events"]}]},
        {"level": "None", "userGroups": ["system:nodes"], "verbs": _READS},
        {"level": "None", "users": ["system:kube-controller-manager", "system:kube-scheduler"], "verbs": _READS},
        {"level": "Metadata"},
    ],
}
"""Who did what, never the content: bodies of secrets and tokens must not reach a log. Noise of the cluster itself is
left out."""


class Audit(Settings):
    """The audit log."""

    enabled: bool = True
    """Write one."""
    policy_file: PolicyFile | None = None
    """A policy of your own (YAML), relative to the spec."""
    max_age: Annotated[Whole, Field(ge=0)] = 30
    """Days a log file is kept."""
    max_backups: Annotated[Whole, Field(ge=0)] = 10
    """Log files kept."""
    max_size: Annotated[Whole, Field(ge=1)] = 100
    """Megabytes after which a log file is closed."""


def _issuer(value: str) -> str:
    if not value.startswith("https://") or not urlsplit(value).hostname:
        raise fault(f"'{value[:80]}' is not an issuer: kube-apiserver takes only https", "write its https:// URL")
    return value


class Oidc(Settings):
    """Sign-in through an OpenID Connect provider."""

    issuer_url: Annotated[Line, AfterValidator(_issuer)]
    """--oidc-issuer-url."""
    client_id: Line
    """--oidc-client-id."""
    username_claim: Line = "sub"
    """--oidc-username-claim."""
    username_prefix: Line | None = None
    """--oidc-username-prefix."""
    groups_claim: Line | None = None
    """--oidc-groups-claim."""
    groups_prefix: Line | None = None
    """--oidc-groups-prefix."""
    required_claims: dict[Line, Line] = {}  # noqa: RUF012 - pydantic copies it
    """--oidc-required-claim, once for each."""


class KubeApiserver(StaticPodSettings, Component):
    """kube-apiserver."""

    audit: Audit = Audit()
    """The audit log."""
    oidc: Oidc | None = None
    """OpenID Connect."""
    encryption_config_from: SecretName | None = None
    """Secrets encryption at rest: names the secret whose text is the EncryptionConfiguration."""

    def pieces(self, facts: Facts) -> Iterator[Piece | Problem]:
        """The manifest and the files that its flags name."""
        yield from port_problems(_KEY, self.extra_args, facts.ports.kube_apiserver, _KEY)
        yield from self._deaf()
        yield from self._pod(facts).pieces(facts.paths, _KEY, self.extra_args)
        if self.audit.enabled:
            own = self.audit.policy_file
            yield File(path=_policy_path(facts), content=own.text if own else to_yaml(_POLICY), mode=0o600)
        if self.encryption_config_from:
            ref = SecretRef(NAMED, "", self.encryption_config_from.secret)
            yield File(path=_encryption_path(facts), content=ref, mode=0o600, origin=(_KEY, "encryptionConfigFrom"))

    def _deaf(self) -> Iterator[Problem]:
        """Flags with which the machine's own clients and probes get no answer, so that it never comes up."""
        path = (_KEY, "extraArgs")
        if self.extra_args.get("anonymous-auth") == ("false",):
            message = "kubelet's probes are anonymous: without an answer it restarts kube-apiserver for ever"
            yield warning(message, (*path, "anonymous-auth"), "leave it out; RBAC lets the anonymous read health only")
        address = "".join(self.extra_args.get("bind-address") or ())
        if address and probe_host(address) != LOOPBACK:
            message = f"kubelet, scheduler and controller manager dial {LOOPBACK}, where nobody listens then"
            yield warning(message, (*path, "bind-address"), "leave it out")

    def _pod(self, facts: Facts) -> StaticPod:
        flags = {**_flags(facts), **self._optional_flags(facts)}
        port, address = facts.ports.kube_apiserver, facts.machine.address
        host = probe_host(effective(flags, self.extra_args, "bind-address"), address or LOOPBACK)
        alive = http_get("/livez", port, host=host)
        return StaticPod(
            name=_NAME,
            image=self.image or f"{facts.images.repository}/{_NAME}:{facts.release}",
            command=(_NAME, *arguments(flags, {**_claims(self.oidc), **self.extra_args})),
            mounts=tuple(self._mounts(facts)),
            probes={
                "livenessProbe": liveness(alive),
                "readinessProbe": readiness(http_get("/readyz", port, host=host)),
                "startupProbe": startup(alive),
            },
            requests=self.resources.given() or _REQUESTS,
            annotations={_ENDPOINT: f"{facts.bracketed(address)}:{port}"} if address else {},
            environment=facts.proxy_environment,
        )

    def _mounts(self, facts: Facts) -> Iterator[Mount]:
        yield from (Mount(name, path) for name, path in facts.trust_mounts)
        if self.audit.enabled:
            yield Mount("k8s-audit", f"{facts.paths.audit_logs}/", read_only=False)
        yield Mount("k8s-ca", facts.paths.ca)
        yield Mount("k8s-certs", facts.paths.certs)
        yield Mount("k8s-kube-apiserver-configs", facts.paths.of_component(_NAME))

    def _optional_flags(self, facts: Facts) -> Flags:
        flags: Flags = {}
        if self.audit.enabled:
            flags |= {
                "audit-log-maxage": str(self.audit.max_age),
                "audit-log-maxbackup": str(self.audit.max_backups),
                "audit-log-maxsize": str(self.audit.max_size),
                "audit-log-path": f"{facts.paths.audit_logs}/audit.log",
                "audit-policy-file": _policy_path(facts),
            }
        if self.encryption_config_from:
            flags["encryption-provider-config"] = _encryption_path(facts)
        return flags | (_oidc_flags(self.oidc) if self.oidc else {})


_KEY: Final = "kubeApiserver"


def _policy_path(facts: Facts) -> str:
    return f"{facts.paths.of_component(_NAME)}/audit-policy.yaml"


def _encryption_path(facts: Facts) -> str:
    return f"{facts.paths.of_component(_NAME)}/encryption-config.yaml"


def _oidc_flags(oidc: Oidc) -> Flags:
    flags = {
        "oidc-issuer-url": oidc.issuer_url,
        "oidc-client-id": oidc.client_id,
        "oidc-username-claim": oidc.username_claim,
        "oidc-username-prefix": oidc.username_prefix,
        "oidc-groups-claim": oidc.groups_claim,
        "oidc-groups-prefix": oidc.groups_prefix,
    }
    return {name: value for name, value in flags.items() if value}


def _claims(oidc: Oidc | None) -> ExtraArgs:
    """A flag for each: kube-apiserver does not split this one at commas."""
    claims = oidc.required_claims if oidc else {}
    return {"oidc-required-claim": tuple(f"{name}={value}" for name, value in claims.items())} if claims else {}


def _flags(facts: Facts) -> Flags:
    address = facts.machine.address
    return {
        **({"advertise-address": address} if address else {}),
        "allow-privileged": "true",
        "authorization-mode": "Node,RBAC",
        "bind-address": facts.any_address.strip("[]"),
        "enable-admission-plugins": "NodeRestriction",
        "enable-bootstrap-token-auth": "true",
        "etcd-servers": ",".join(facts.etcd_servers),
        "kubelet-preferred-address-types": "InternalIP,ExternalIP,Hostname",
        "secure-port": str(facts.ports.kube_apiserver),
        "service-account-issuer": f"https://kubernetes.default.svc.{facts.networking.dns_domain}",
        "service-cluster-ip-range": facts.networking.service_subnet,
        **_identities(facts),
        **_aggregation(facts),
    }


def _identities(facts: Facts) -> Flags:
    pki = facts.pki
    etcd, kubelet = pki.certificate("kube-apiserver-etcd-client"), pki.certificate("kube-apiserver-kubelet-client")
    server, kubernetes_ca = pki.certificate(_NAME), pki.authority("kubernetes-ca").path
    return {
        "client-ca-file": kubernetes_ca,
        "etcd-cafile": pki.authority("etcd-ca").path,
        "etcd-certfile": etcd.path,
        "etcd-keyfile": etcd.key_path,
        "kubelet-certificate-authority": kubernetes_ca,
        "kubelet-client-certificate": kubelet.path,
        "kubelet-client-key": kubelet.key_path,
        "service-account-key-file": pki.half("public").path,
        "service-account-signing-key-file": pki.half("private").path,
        "tls-cert-file": server.path,
        "tls-private-key-file": server.key_path,
    }


def _aggregation(facts: Facts) -> Flags:
    proxy = facts.pki.certificate("front-proxy-client")
    return {
        "proxy-client-cert-file": proxy.path,
        "proxy-client-key-file": proxy.key_path,
        "requestheader-allowed-names": proxy.common_name,
        "requestheader-client-ca-file": facts.pki.authority("front-proxy-ca").path,
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-username-headers": "X-Remote-User",
    }
