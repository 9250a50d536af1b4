"""Kubeconfigs of the machine's own clients, and the administrator's."""

from collections.abc import Iterator
from typing import Any, Final

from cloudgen.component import Component, paths_in
from cloudgen.dump import to_yaml
from cloudgen.facts import Facts
from cloudgen.model import Label, Settings
from cloudgen.pieces import File, Piece
from cloudgen.report import Problem

_CLIENTS: Final = (
    ("kube-scheduler", "kube-scheduler-client"),
    ("kube-controller-manager", "kube-controller-manager-client"),
    ("kubelet", "kubelet-client"),
)
_ADMIN: Final = ("kubeadm", "kubeadm-client")


class Kubeconfigs(Settings, Component):
    """Kubeconfigs."""

    cluster: Label = "kubernetes"
    """The cluster's name inside the files."""

    def pieces(self, facts: Facts) -> Iterator[Piece | Problem]:
        """One for each client on the machine; the administrator's where the machine holds its certificate."""
        for user, certificate in _CLIENTS:
            yield self._file(facts, facts.paths.kubeconfig(user), user, certificate, facts.api_url)
        if facts.machine.admin:
            yield self._file(facts, facts.paths.admin_kubeconfig, *_ADMIN, facts.api_url)
            yield self._file(facts, facts.paths.remote_admin_kubeconfig, *_ADMIN, facts.public_api_url)

    def _file(self, facts: Facts, path: str, user: str, certificate: str, server: str) -> File:
        config = self._config(facts, user, certificate, server)
        return File(path=path, content=to_yaml(config), mode=0o600, reads=paths_in(config, facts.paths.root))

    def _config(self, facts: Facts, user: str, certificate: str, server: str) -> dict[str, Any]:
        client = facts.pki.certificate(certificate)
        authority = facts.pki.authority("kubernetes-ca").path
        context = f"{user}@{self.cluster}"
        return {
            "apiVersion": "v1",
            "clusters": [
                {"cluster": {"certificate-authority": authority, "server": server}, "name": self.cluster},
            ],
            "contexts": [
                {"context": {"cluster": self.cluster, "namespace": "default", "user": user}, "name": context},
            ],
            "current-context": context,
            "kind": "Config",
            "preferences": {},
            "users": [
                {"name": user, "user": {"client-certificate": client.path, "client-key": client.key_path}},
            ],
        }
