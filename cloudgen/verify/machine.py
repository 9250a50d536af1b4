"""One machine as its own files tell of it: settings, tables, key-keeper's configuration, kubelet, static pods."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

from cloudgen.envfile import from_env
from cloudgen.paths import CONFIG, UNITS
from cloudgen.report import Problem, Refused, Report
from cloudgen.verify.ordered import Order, configurations, orders
from cloudgen.verify.seen import ABSENT, Files, Kind, Seen
from cloudgen.verify.texts import flags, mapping, rows, split
from cloudgen.verify.workloads import Kubeconfig, Manifest, kubeconfig, manifest

SETTINGS: Final = f"{CONFIG}/bootstrap.env"
POST_INSTALL: Final = "cloudgen-post-install.service"
_KUBELET: Final = "kubelet.service"
_KEY_KEEPER: Final = "key-keeper.service"
_NOTHING: Final = "-"
_HARMLESS: Final = re.compile(r"\^?[\w./-]*(?:\.\*[\w./-]*){0,3}\$?")
_EXEC: Final = re.compile(r"^ExecStart=(.+)$", re.MULTILINE)
_ENVIRONMENT: Final = re.compile(r"^EnvironmentFile=-?(.+)$", re.MULTILINE)


class PkiRow(NamedTuple):
    """A line of the table `pki`: one file that must be there."""

    path: str
    kind: str
    key: str
    names: str
    staged: str

    @property
    def wanted(self) -> tuple[str, ...]:
        """Names and addresses that the certificate must hold."""
        return () if self.names == _NOTHING else tuple(self.names.split(","))


class IssuerRow(NamedTuple):
    """A line of the table `issuers`: one Vault identity."""

    name: str
    app_role: str
    mount: str
    token_role: str
    role_id: str
    secret_id: str


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What is known after some of its files were seen; less is known before."""

    files: Files

    def seen(self, path: str) -> Seen:
        """What lies at a path."""
        return self.files.get(path, ABSENT)

    def setting(self, name: str, otherwise: str = "") -> str:
        """A setting of the bootstrap."""
        return self._settings.get(name) or otherwise

    @cached_property
    def _settings(self) -> Mapping[str, str]:
        return from_env(self.seen(SETTINGS).text)

    @property
    def state(self) -> str:
        """The bootstrap's folder of markers."""
        return self.setting("STATE_DIR", "/var/lib/cloudgen")

    @property
    def owner(self) -> int:
        """Whom the system belongs to: root, or who unpacked it here."""
        return self.seen(CONFIG).owner

    @cached_property
    def pki(self) -> tuple[PkiRow, ...]:
        """Every file that key-keeper must have written."""
        return tuple(PkiRow(*row) for row in rows(self.seen(f"{CONFIG}/pki").text, len(PkiRow._fields)))

    @cached_property
    def issuers(self) -> tuple[IssuerRow, ...]:
        """Every Vault identity."""
        return tuple(IssuerRow(*row) for row in rows(self.seen(f"{CONFIG}/issuers").text, len(IssuerRow._fields)))

    @cached_property
    def units(self) -> tuple[str, ...]:
        """What the bootstrap enables and starts."""
        return tuple(name for (name,) in rows(self.seen(f"{CONFIG}/units").text, 1))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What must resolve."""
        return tuple(name for (name,) in rows(self.seen(f"{CONFIG}/names").text, 1))

    @cached_property
    def configurations(self) -> tuple[tuple[str, str], ...]:
        """Folders and patterns that key-keeper reads its configuration from."""
        return tuple(found for line in self._commands(_KEY_KEEPER) for found in configurations(line))

    @cached_property
    def configured(self) -> tuple[str, ...]:
        """The files of key-keeper's configuration."""
        return tuple(
            f"{folder}/{name}"
            for folder, pattern in self.configurations
            for name in self.seen(folder).entries
            if _matches(pattern, f"{folder}/{name}")
        )

    @cached_property
    def orders(self) -> Mapping[str, Order]:
        """What key-keeper orders, by file."""
        documents = (mapping(self.seen(path).text) for path in self.configured)
        return {path: order for document in documents if document for path, order in orders(document).items()}

    @cached_property
    def environments(self) -> tuple[str, ...]:
        """Environment files of kubelet's unit and its drop-ins."""
        return tuple(path.strip() for text in self._unit(_KUBELET) for path in _ENVIRONMENT.findall(text))

    @cached_property
    def kubelet(self) -> Mapping[str, str]:
        """kubelet's flags, from its units and their environment."""
        texts = list(self._commands(_KUBELET))
        texts += [value for path in self.environments for value in from_env(self.seen(path).text).values()]
        return flags([word for text in texts for word in split(text)])

    @cached_property
    def kubelet_config(self) -> Mapping[str, Any]:
        """kubelet's configuration."""
        return mapping(self.seen(self.kubelet.get("config", "")).text) or {}

    @property
    def static_pods(self) -> str:
        """The folder that kubelet runs pods from."""
        return str(self.kubelet_config.get("staticPodPath") or self.kubelet.get("pod-manifest-path", ""))

    @property
    def manifest_paths(self) -> tuple[str, ...]:
        """What lies there for kubelet."""
        folder = self.static_pods
        return tuple(f"{folder}/{name}" for name in self.seen(folder).entries if not name.startswith("."))

    @cached_property
    def manifests(self) -> Mapping[str, Manifest | None]:
        """The manifests by their files; nothing for what is none."""
        return {path: manifest(mapping(self.seen(path).text)) for path in self.manifest_paths}

    @property
    def kubeconfigs(self) -> frozenset[str]:
        """kubelet's, those of the static pods, and the administrator's, which may not be on this machine."""
        own = {self.kubelet.get("kubeconfig", ""), self.setting("ADMIN_KUBECONFIG")}
        pods = (found.kubeconfigs for found in self.manifests.values() if found)
        return frozenset(filter(None, own.union(*pods)))

    def kubeconfig(self, path: str) -> Kubeconfig | None:
        """A kubeconfig; nothing for what is none."""
        return kubeconfig(mapping(self.seen(path).text), posixpath.dirname(path))

    def pod(self, name: str) -> Manifest | None:
        """The manifest of a pod."""
        return next((found for found in self.manifests.values() if found and found.name == name), None)

    def flag(self, pod: str, name: str) -> str:
        """A flag of a pod; empty where there is none."""
        found = self.pod(pod)
        return found.flags.get(name, "") if found else ""

    def _unit(self, name: str) -> Iterator[str]:
        yield self.seen(f"{UNITS}/{name}").text
        folder = f"{UNITS}/{name}.d"
        yield from (self.seen(f"{folder}/{entry}").text for entry in self.seen(folder).entries)

    def _commands(self, unit: str) -> Iterator[str]:
        for text in self._unit(unit):
            yield from _EXEC.findall(text)


def _matches(pattern: str, path: str) -> bool:
    """As Go matches; a pattern that Python might not come to an end with matches nothing."""
    return _HARMLESS.fullmatch(pattern) is not None and re.search(pattern, path) is not None


def machine_of(files: Files) -> Machine:
    """The machine. Raises `Refused` where the bootstrap's settings cannot be read."""
    seen = files.get(SETTINGS, ABSENT)
    if seen.kind is Kind.FILE:
        return Machine(files=files)
    if seen.kind is Kind.UNREADABLE:
        problem = Problem(f"cannot read {SETTINGS}: {seen.fault}")
    else:
        problem = Problem(
            f"this is no machine of cloudgen's: there is no {SETTINGS}",
            remedy="run cloudgen verify on a master, or name its mounted root: --root DIR",
        )
    raise Refused(Report((problem,)))
