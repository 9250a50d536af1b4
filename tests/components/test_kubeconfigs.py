import pytest

from tests.judges import strict_yaml
from tests.specs import content, paths

ADMIN = {"/etc/kubernetes/admin.conf", "/etc/kubernetes/admin-remote.conf"}


def test_a_kubeconfig(golden):
    """A client on the machine, with key-keeper's certificate."""
    assert content("/etc/kubernetes/kubelet/kubeconfig") == golden(name="kubelet.yaml")


@pytest.mark.parametrize(("choice", "holders"), [("all", {0, 1, 2}), ("first", {0}), ("none", set())])
def test_who_holds_the_administrator_s(choice, holders):
    """Kubeconfigs and certificate are on the machines that are chosen, and on no other."""
    for index in range(3):
        made = paths(f"master-{index}", adminCertificate=choice)
        assert (made >= ADMIN) is (index in holders)
        text = content("/etc/kubernetes/pki/vault-config", f"master-{index}", adminCertificate=choice)
        assert ("kubeadm-client" in text) is (index in holders)


def test_the_administrator_is_reached_from_elsewhere():
    """One kubeconfig is for the machine itself, one for the API's public name."""
    server = {
        path: strict_yaml.load(content(path, api={"endpoint": "k.example.org"}))["clusters"][0]["cluster"]["server"]
        for path in ADMIN
    }
    assert server == {
        "/etc/kubernetes/admin.conf": "https://127.0.0.1:6443",
        "/etc/kubernetes/admin-remote.conf": "https://k.example.org:6443",
    }


def test_the_cluster_s_name_is_a_choice():
    """Contexts are named after it."""
    config = strict_yaml.load(content("/etc/kubernetes/kube-scheduler/kubeconfig", kubeconfigs={"cluster": "prod"}))
    assert config["current-context"] == "kube-scheduler@prod"
    assert config["clusters"][0]["name"] == "prod"
