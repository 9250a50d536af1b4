from typing import Any

from tests.specs import NAMESPACE, content, messages, paths

FOLDER = "/etc/cloudgen/manifests"
OWN = {"manifests": {"a": {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}}}


def test_kubelets_let_the_api_server_in(golden):
    """The binding names the client certificate's own user."""
    assert content(f"{FOLDER}/00-kubelet-access.yaml") == golden(name="00-kubelet-access.yaml")
    assert "commonName: custom:kube-apiserver-kubelet-client" in content("/etc/kubernetes/pki/vault-config")


def test_the_role_is_a_label_of_the_machine_itself():
    """Its kubelet may not set it, the administrator on the machine may; the others label themselves."""
    assert content("/etc/cloudgen/node-labels") == "master-0-example\tnode-role.kubernetes.io/control-plane=\n"
    assert "/etc/cloudgen/node-labels" not in paths(postInstall={"roleLabel": False})


def test_the_holder_of_the_certificate_labels_those_without_it():
    """A machine that may not talk to the API as an administrator is labelled by the one that may."""
    labels = content("/etc/cloudgen/node-labels", adminCertificate="first")
    assert [line.split("\t")[0] for line in labels.splitlines()] == [f"master-{i}-example" for i in range(3)]


def test_manifests_of_one_s_own():
    """From the spec and from files."""
    sections: dict[str, Any] = {
        "postInstall": {**OWN, "manifestFiles": {"b": "namespace.yaml"}, "kubeletAccess": False}
    }
    assert content(f"{FOLDER}/a.yaml", **sections).startswith("apiVersion: v1\nkind: Namespace\n")
    assert content(f"{FOLDER}/b.yaml", **sections) == NAMESPACE
    assert f"{FOLDER}/00-kubelet-access.yaml" not in paths(**sections)


def test_only_holders_of_the_certificate_apply():
    """Other machines have neither manifests nor the unit."""
    made = paths("master-1", adminCertificate="first", postInstall=OWN)
    assert not [path for path in made if path.startswith(FOLDER) or "post-install.service" in path]


def test_manifests_that_nobody_applies_are_told():
    """Without the certificate anywhere, the user's manifests would be lost in silence."""
    said = "no machine has the admin certificate, so nobody applies these manifests"
    assert said in messages(adminCertificate="none", postInstall=OWN)
    assert said not in messages(adminCertificate="first", postInstall=OWN)
    assert said not in messages(adminCertificate="none")
