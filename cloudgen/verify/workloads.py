"""Static pods and kubeconfigs as plain data."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cloudgen.verify.texts import child, children, flags, texts, word

_AUTHORITY: Final = "certificate-authority"
_KUBECONFIG_FLAGS: Final = ("kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A static pod: its name, all its flags, and the files that they name on the host."""

    name: str
    flags: Mapping[str, str]
    reads: Mapping[str, str]
    """The files that must be there before it starts, by flag: those below what it mounts read-only."""

    @property
    def kubeconfigs(self) -> frozenset[str]:
        """The kubeconfigs that its flags name, on the host."""
        return frozenset(self.reads[flag] for flag in _KUBECONFIG_FLAGS if flag in self.reads)


def manifest(document: Mapping[str, Any] | None) -> Manifest | None:
    """A pod with a name; nothing for another document."""
    name = word(document, "metadata", "name")
    if word(document, "kind") != "Pod" or not name:
        return None
    volumes = {word(v, "name"): word(v, "hostPath", "path") for v in children(document, "spec", "volumes")}
    told: dict[str, str] = {}
    reads: dict[str, str] = {}
    for container in children(document, "spec", "containers"):
        own = flags([*texts(container, "command"), *texts(container, "args")])
        told |= own
        reads |= dict(_read(own, container, volumes))
    return Manifest(name, told, reads)


def _read(
    own: Mapping[str, str], container: Mapping[str, Any], volumes: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    mounts = [
        (word(m, "mountPath").rstrip("/"), volumes.get(word(m, "name"), "").rstrip("/"))
        for m in children(container, "volumeMounts")
        if child(m, "readOnly") is True
    ]
    for flag, value in own.items():
        for inside, outside in mounts:
            if outside and value.startswith(f"{inside}/"):
                yield flag, outside + value.removeprefix(inside)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kubeconfig:
    """The current context of a kubeconfig; of its three files those that are written as paths."""

    server: str
    authority: str
    certificate: str
    key: str
    complete: bool
    """Whether context, cluster and user are there, with an authority and credentials."""

    @property
    def files(self) -> tuple[str, ...]:
        """What must be there beside it."""
        return tuple(filter(None, (self.authority, self.certificate, self.key)))


def kubeconfig(document: Mapping[str, Any] | None, folder: str) -> Kubeconfig | None:
    """What `kubectl` would use of a file in a folder; nothing for another document."""
    if word(document, "kind") != "Config":
        return None
    context = _named(document, "contexts", word(document, "current-context"), "context")
    cluster = _named(document, "clusters", word(context, "cluster"), "cluster")
    user = _named(document, "users", word(context, "user"), "user")
    authority, certificate, key = (
        _path(word(where, name), folder)
        for where, name in ((cluster, _AUTHORITY), (user, "client-certificate"), (user, "client-key"))
    )
    signed = all(word(user, f"{name}-data") or word(user, name) for name in ("client-certificate", "client-key"))
    known = signed or bool(word(user, "token") or word(user, "tokenFile") or child(user, "exec"))
    trusted = authority or word(cluster, f"{_AUTHORITY}-data")
    server = word(cluster, "server")
    return Kubeconfig(
        server=server,
        authority=authority,
        certificate=certificate,
        key=key,
        complete=bool(server and trusted and known),
    )


def _path(written: str, folder: str) -> str:
    return posixpath.normpath(posixpath.join(folder, written)) if written else ""


def _named(document: Any, items: str, name: str, what: str) -> Any:
    return next((child(item, what) for item in children(document, items) if word(item, "name") == name), None)
