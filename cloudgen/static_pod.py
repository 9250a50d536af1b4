"""Static pods: the one shape that etcd and the three Kubernetes components share."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from pydantic import Field

from cloudgen.component import paths_in
from cloudgen.dump import to_yaml
from cloudgen.facts import LOOPBACK
from cloudgen.family import NEVER_BELOW, lies_below
from cloudgen.model import ExtraArgs, Image, Line, Quantity, Settings
from cloudgen.paths import Paths
from cloudgen.pieces import File
from cloudgen.report import Problem

_SECONDS: Final = 10
_NAMES_A_FILE: Final = re.compile(r"(file|dir|config|path)$")
"""Flags whose value is a place in the filesystem, such as --audit-webhook-config-file, --kubeconfig and --wal-dir."""
_ITS_OWN: Final = ("/dev", "/run", "/tmp", "/var/run")  # noqa: S108 - none is written to
"""Folders that a container has by itself."""


class Resources(Settings):
    """What a container is given, as in a Pod."""

    requests: dict[Line, Quantity] = {}  # noqa: RUF012 - pydantic copies it
    """What is kept free for it."""
    limits: dict[Line, Quantity] = {}  # noqa: RUF012
    """What it cannot go beyond."""

    def given(self) -> dict[str, dict[str, str]]:
        """What the user wrote, be it empty: then nothing is asked for."""
        kinds = {"requests": self.requests, "limits": self.limits}
        return {kind: amounts for kind, amounts in kinds.items() if kind in self.model_fields_set}


class StaticPodSettings(Settings):
    """What every static pod lets its user set."""

    image: Image | None = None
    """The whole image reference, in place of the derived one."""
    extra_args: ExtraArgs = Field(default_factory=dict)
    """Flags beside cloudgen's: a value, a list (the flag repeated), or null (a default is taken away)."""
    resources: Resources = Resources()
    """Requests and limits, as in a container, in place of the default requests."""


class Mount(NamedTuple):
    """A host folder in a pod, under the same path."""

    name: str
    path: str
    read_only: bool = True
    type: Literal["DirectoryOrCreate", "Directory", "File"] = "DirectoryOrCreate"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticPod:
    """A control-plane pod, before it becomes a manifest."""

    name: str
    image: str
    command: tuple[str, ...]
    mounts: Sequence[Mount]
    probes: Mapping[str, Any]
    requests: Mapping[str, Mapping[str, str]]
    annotations: Mapping[str, str]
    environment: Mapping[str, str]

    def manifest(self) -> dict[str, Any]:
        """The v1 Pod, keys in alphabetical order as kubeadm writes them."""
        metadata: dict[str, Any] = {"annotations": dict(self.annotations)} if self.annotations else {}
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                **metadata,
                "labels": {"component": self.name, "tier": "control-plane"},
                "name": self.name,
                "namespace": "kube-system",
            },
            "spec": {
                "containers": [self._container()],
                "hostNetwork": True,
                "priorityClassName": "system-node-critical",
                "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
                "volumes": [{"hostPath": {"path": m.path, "type": m.type}, "name": m.name} for m in self.mounts],
            },
            "status": {},
        }

    def _container(self) -> dict[str, Any]:
        environment = [{"name": name, "value": value} for name, value in self.environment.items()]
        return {
            "command": list(self.command),
            **({"env": environment} if environment else {}),
            "image": self.image,
            "imagePullPolicy": "IfNotPresent",
            "name": self.name,
            **self.probes,
            "resources": {kind: dict(amounts) for kind, amounts in self.requests.items()},
            "volumeMounts": [
                {"mountPath": m.path, "name": m.name, **({"readOnly": True} if m.read_only else {})}
                for m in self.mounts
            ],
        }

    def pieces(self, paths: Paths, section: str, extra: ExtraArgs) -> Iterator[File | Problem]:
        """The manifest in kubelet's staticPodPath, and what is wrong with its flags and mounts."""
        yield from self._unseen(section, extra)
        for mount in self.mounts:
            if mount.type == "DirectoryOrCreate" and lies_below(mount.path, NEVER_BELOW):
                message = (
                    f"{self.name} would have {mount.path} made on the host: nothing may be made below {NEVER_BELOW}"
                )
                yield Problem(message, ("paths",), "move it with paths:")
        yield self._file(paths)

    def _unseen(self, section: str, extra: ExtraArgs) -> Iterator[Problem]:
        """Files and folders that the user's flags name, and the container does not have."""
        seen = (*(mount.path.rstrip("/") for mount in self.mounts), *_ITS_OWN)
        for flag, values in extra.items():
            for value in values or () if _NAMES_A_FILE.search(flag) else ():
                if value.startswith("/") and not any(lies_below(value, folder) for folder in seen):
                    message = f"{self.name} runs in a container that has no {value} of the machine's"
                    below = f"choose a path below {self.mounts[-1].path}"
                    remedy = below if flag.endswith(("file", "config")) else "leave it out; paths: moves folders"
                    yield Problem(message, (section, "extraArgs", flag), remedy)

    def _file(self, paths: Paths) -> File:
        manifest = self.manifest()
        return File(
            path=f"{paths.manifests}/{self.name}.yaml",
            content=to_yaml(manifest),
            mode=0o600,
            reads=paths_in(self.command, paths.root),
        )


def port_problems(section: str, extra: ExtraArgs, port: int, setting: str) -> Iterator[Problem]:
    """A port that is set behind the back of its setting: probes, kubeconfigs and flags of others would miss it."""
    if extra.get("secure-port", (str(port),)) != (str(port),):
        remedy = f"write ports: {{{setting}: ...}} instead"
        yield Problem("probes and kubeconfigs need to know this port", (section, "extraArgs", "secure-port"), remedy)


def http_get(path: str, port: int, scheme: str = "HTTPS", host: str = LOOPBACK) -> dict[str, Any]:
    """A probe's handler."""
    return {"httpGet": {"host": host, "path": path, "port": port, "scheme": scheme}}


def liveness(handler: Mapping[str, Any]) -> dict[str, Any]:
    """Restarts the container after 80 s without an answer."""
    return {"failureThreshold": 8, **handler, **_timing()}


def startup(handler: Mapping[str, Any]) -> dict[str, Any]:
    """Gives the container four minutes to start."""
    return {"failureThreshold": 24, **handler, **_timing()}


def readiness(handler: Mapping[str, Any]) -> dict[str, Any]:
    """Says when the container is ready; asked every second."""
    return {"failureThreshold": 3, **handler, "periodSeconds": 1, "timeoutSeconds": 15}


def _timing() -> dict[str, int]:
    return {"initialDelaySeconds": _SECONDS, "periodSeconds": _SECONDS, "timeoutSeconds": 15}


def probe_host(bind_address: str, of_all: str = LOOPBACK) -> str:
    """Where a probe finds a component that binds an address: there, or at one of all where it binds all of them."""
    return of_all if bind_address in {"", "0.0.0.0", "::"} else bind_address  # noqa: S104 - a comparison
