"""containerd: its unit, its configuration, and the registries that it pulls from."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

from cloudgen.component import SEARCHED, Component
from cloudgen.dump import to_toml, to_yaml
from cloudgen.envfile import unit_quoted
from cloudgen.facts import Facts
from cloudgen.model import Config, Line, SecretName, Settings, fault, matching, merge
from cloudgen.pieces import File, Piece, Unit
from cloudgen.release import Since
from cloudgen.report import Problem, warning
from cloudgen.secrets import NAMED, SecretRef
from cloudgen.template import render

_REGISTRIES: Final = "/etc/containerd/certs.d"
_SCHEMA: Final = Since({"0.0": 0, "1.6": 2, "2.0": 3})
"""The configuration's own version; a newer daemon reads an older one (containerd, RELEASES.md). 0: not known here."""
_REGISTRY: Final = re.compile(r"_default|([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
_CNI_FOLDERS: Final = Since({"1.6": False, "2.1": True})
"""bin_dirs came with 2.1, and bin_dir goes with 2.3 (containerd, RELEASES.md, "Deprecated features")."""
_ONLY_V1ALPHA2: Final = Since({"1.22": True, "1.23": False})
"""kubelet asks for CRI v1 since v1.23 (kubernetes/kubernetes CHANGELOG-1.23); containerd 2 has nothing older."""


def _holds_null(value: Any, *, listed: bool = False) -> bool:
    """Whether a null stands where it takes no default away: in a list, or below one."""
    if isinstance(value, Mapping):
        return any(_holds_null(below, listed=listed) for below in value.values())
    if isinstance(value, list):
        return any(_holds_null(item, listed=True) for item in value)
    return listed and value is None


def _toml(value: Config) -> Config:
    if _holds_null(value):
        raise fault("a list of the configuration holds a null, which TOML cannot say", "take it away, or write a value")
    return value


_registry = matching(
    _REGISTRY,
    "the host name of a registry",
    "write it like docker.io or registry.example.org:5000; _default is any other",
)


class Registry(Settings):
    """Where images of one registry are pulled from."""

    mirrors: tuple[Line, ...] = Field(min_length=1)
    """URLs that are tried in turn before the registry itself."""


class Containerd(Settings, Component):
    """containerd."""

    version: Line | None = None
    """Version to install, such as 1.7.28; by default one that containerd supports with the Kubernetes version."""
    config: Annotated[Config, AfterValidator(_toml)] = Field(default_factory=dict)
    """Keys of config.toml, merged over cloudgen's; null takes a default away."""
    registries: dict[Annotated[Line, AfterValidator(_registry)], Registry] = Field(default_factory=dict)
    """Mirrors, by the registry's host name, and its port where images name one; _default is for all others."""
    credentials_from: SecretName | None = None
    """Names the secret whose text is a Docker config.json. kubelet pulls with it; containerd itself pulls the pause
    image, which must be free to all."""

    def pieces(self, facts: Facts) -> Iterator[Piece | Problem]:
        """The unit, the configuration, a file for each mirrored registry."""
        yield from _version_problems(facts)
        schema = _SCHEMA.at(facts.containerd_version)
        if not schema:
            return
        yield from _config_problems(self.config, schema)
        text = render("components/containerd.service.j2", binaries=facts.paths.binaries, searched=SEARCHED)
        yield Unit(name="containerd.service", text=text, after_bootstrap=True)
        endpoint = f"unix://{facts.paths.containerd_socket}"
        yield File(path="/etc/crictl.yaml", content=to_yaml({"runtime-endpoint": endpoint, "image-endpoint": endpoint}))
        config = merge(_config(facts, schema), self.config)
        yield File(path="/etc/containerd/config.toml", content=to_toml(config))
        for host, registry in sorted(self.registries.items()):
            yield File(path=f"{_REGISTRIES}/{host}/hosts.toml", content=to_toml(_hosts(registry)))
        if facts.proxy_environment:
            path = f"{facts.paths.units}/containerd.service.d/10-proxy.conf"
            yield File(path=path, content=_proxy(facts.proxy_environment))
        if self.credentials_from:
            yield File(
                path=f"{facts.paths.kubelet_root}/config.json",
                content=SecretRef(NAMED, "", self.credentials_from.secret),
                mode=0o600,
                origin=("containerd", "credentialsFrom"),
            )


def _version_problems(facts: Facts) -> Iterator[Problem]:
    path, version = ("containerd", "version"), facts.containerd_version
    schema = _SCHEMA.at(version)
    if not schema:
        yield Problem(f"containerd {version} is too old", path, "write 1.6.0 or newer")
    elif schema in _WITHOUT_V1ALPHA2 and _ONLY_V1ALPHA2.at(facts.release):
        message = f"kubelet {facts.release} cannot talk to containerd {version}"
        yield Problem(message, path, "write 1.7.28, or leave it out")


def _config_problems(config: Config, schema: int) -> Iterator[Problem]:
    """Settings that the daemon would not find, for its configuration has another version."""
    path = ("containerd", "config")
    if config.get("version", schema) != schema:
        yield Problem(f"this containerd's configuration has version {schema}", (*path, "version"), "leave it out")
    plugins, ours = config.get("plugins"), _PLUGINS[schema]("", {}, {})
    for name, settings in plugins.items() if isinstance(plugins, Mapping) else ():
        known = _STREAMING if schema in _WITHOUT_V1ALPHA2 else frozenset()
        if name in _CRI - set(ours) and isinstance(settings, Mapping) and settings.keys() - known:
            message = f"with a configuration of version {schema} containerd does not read {name} for this"
            yield warning(message, (*path, "plugins", name), f"write it below {' or '.join(ours)}")


def _config(facts: Facts, schema: int) -> dict[str, Any]:
    pause = f"{facts.images.repository}/pause:{facts.companions.pause}"
    plugins = facts.paths.cni_binaries
    binaries = {"bin_dirs": [plugins]} if _CNI_FOLDERS.at(facts.containerd_version) else {"bin_dir": plugins}
    folders = {**binaries, "conf_dir": facts.paths.cni_config}
    runtimes = {"runc": {"runtime_type": "io.containerd.runc.v2", "options": {"SystemdCgroup": True}}}
    return {"version": schema, "plugins": _PLUGINS[schema](pause, folders, runtimes)}


def _schema_2(pause: str, cni: Mapping[str, Any], runtimes: Mapping[str, Any]) -> dict[str, Any]:
    cri = {
        "sandbox_image": pause,
        "containerd": {"runtimes": runtimes},
        "cni": cni,
        "registry": {"config_path": _REGISTRIES},
    }
    return {"io.containerd.grpc.v1.cri": cri}


def _schema_3(pause: str, cni: Mapping[str, Any], runtimes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "io.containerd.cri.v1.images": {
            "pinned_images": {"sandbox": pause},
            "registry": {"config_path": _REGISTRIES},
        },
        "io.containerd.cri.v1.runtime": {"containerd": {"runtimes": runtimes}, "cni": cni},
    }


_WITHOUT_V1ALPHA2: Final = {3}
_PLUGINS: Final = {2: _schema_2, 3: _schema_3}
_CRI: Final = {name for plugins in _PLUGINS.values() for name in plugins("", {}, {})}
_STREAMING: Final = frozenset(
    {
        "disable_tcp_service",
        "enable_tls_streaming",
        "stream_idle_timeout",
        "stream_server_address",
        "stream_server_port",
        "x509_key_pair_streaming",
    }
)
"""What is left in the plugin of containerd 1 (containerd, docs/cri/config.md, "Config versions")."""


def _hosts(registry: Registry) -> dict[str, Any]:
    # Without `server` the registry itself comes last, and containerd knows that docker.io's is another host.
    return {"host": {mirror: {"capabilities": ["pull", "resolve"]} for mirror in registry.mirrors}}


def _proxy(environment: Mapping[str, str]) -> str:
    lines = "".join(f"Environment={unit_quoted(f'{name}={value}')}\n" for name, value in environment.items())
    return f"[Service]\n{lines}"
