"""Kubeconfigs of the machine's own clients, and the administrator's."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from cloudgen.component import Component
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
_REMEMBERED: Final = 64
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
        client, authority = facts.pki.certificate(certificate), facts.pki.authority("kubernetes-ca").path
        text = _kubeconfig(self.cluster, user, server, authority, client.path, client.key_path)
        return File(path=path, content=text, mode=0o600, reads=frozenset({authority, client.path, client.key_path}))


@lru_cache(maxsize=_REMEMBERED)
def _kubeconfig(cluster: str, user: str, server: str, authority: str, *client: str) -> str:
    """A kubeconfig of files on the machine; `client` is a certificate and its key. The same on every master."""
    certificate, key = client
    context = f"{user}@{cluster}"
    return to_yaml(
        {
            "apiVersion": "v1",
            "clusters": [{"cluster": {"certificate-authority": authority, "server": server}, "name": cluster}],
            "contexts": [
                {"context": {"cluster": cluster, "namespace": "default", "user": user}, "name": context},
            ],
            "current-context": context,
            "kind": "Config",
            "preferences": {},
            "users": [
                {"name": user, "user": {"client-certificate": certificate, "client-key": key}},
            ],
        }
    )
