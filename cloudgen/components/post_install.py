"""Post-install: what machines with the admin certificate apply to the cluster once its API answers."""

from collections.abc import Iterator
from typing import Any, Final

from pydantic import Field

from cloudgen.component import Component
from cloudgen.dump import to_yaml
from cloudgen.facts import Facts
from cloudgen.model import Label, Settings
from cloudgen.objects import ObjectsFile
from cloudgen.pieces import File, Piece
from cloudgen.report import Problem, warning

_ROLE_LABEL: Final = "node-role.kubernetes.io/control-plane="


class PostInstall(Settings, Component):
    """Manifests for the running cluster."""

    kubelet_access: bool = True
    """The ClusterRoleBinding that lets kube-apiserver's client certificate reach kubelets (logs, exec)."""
    role_label: bool = True
    """Label the nodes as control planes, which their kubelets may not do themselves."""
    manifests: dict[Label, dict[str, Any]] = Field(default_factory=dict)
    """Manifests of your own, by name; applied in the order of their names."""
    manifest_files: dict[Label, ObjectsFile] = Field(default_factory=dict)
    """The same from YAML files, relative to the spec."""

    def pieces(self, facts: Facts) -> Iterator[Piece | Problem]:
        """The manifests and the label, where the admin certificate is."""
        yield from self._lost(facts)
        if not facts.machine.admin:
            return
        folder = f"{facts.paths.config}/manifests"
        if self.kubelet_access:
            yield File(path=f"{folder}/00-kubelet-access.yaml", content=to_yaml(_binding(facts)))
        for name, manifest in self.manifests.items():
            yield File(
                path=f"{folder}/{name}.yaml", content=to_yaml(manifest), origin=("postInstall", "manifests", name)
            )
        for name, attachment in self.manifest_files.items():
            yield File(
                path=f"{folder}/{name}.yaml", content=attachment.text, origin=("postInstall", "manifestFiles", name)
            )
        if self.role_label:
            # A machine without the certificate cannot label itself: whoever holds it does.
            nodes = (facts.machine.node, *(machine.node for machine in facts.machines if not machine.admin))
            labels = "".join(f"{node}\t{_ROLE_LABEL}\n" for node in nodes)
            yield File(path=f"{facts.paths.config}/node-labels", content=labels)

    def _lost(self, facts: Facts) -> Iterator[Problem]:
        if (self.manifests or self.manifest_files) and not any(machine.admin for machine in facts.machines):
            message = "no machine has the admin certificate, so nobody applies these manifests"
            yield warning(message, ("postInstall",), "write adminCertificate: first, or apply them yourself")


def _binding(facts: Facts) -> dict[str, Any]:
    user = facts.pki.certificate("kube-apiserver-kubelet-client").common_name
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": user},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "system:kubelet-api-admin"},
        "subjects": [{"apiGroup": group, "kind": "User", "name": user}],
    }
