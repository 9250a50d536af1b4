"""post-install.sh: real kubectl where nobody answers, a stand-in where a cluster would."""

import pytest

from tests.judging import judge


@pytest.fixture
def master(sandbox):
    folder = sandbox.etc / "manifests"
    folder.mkdir()
    (folder / "10-b.yaml").write_text("b")
    (folder / "05-a.yaml").write_text("a")
    sandbox.settings |= {"ADMIN_KUBECONFIG": "/etc/kubernetes/admin.conf", "POST_INSTALL_TIMEOUT": "1"}
    return sandbox


def test_manifests_are_applied_in_order_with_the_admin_kubeconfig(master):
    """Each once the API is ready, by name, with --kubeconfig; then the done marker, and no failed one."""
    master.stub("kubectl", "echo ok")
    (master.state / "post-install.failed").write_text("old")
    assert master.run("post-install.sh")[0] == 0
    applied = [c for c in master.calls if "apply" in c]
    assert [c.rpartition("/")[2] for c in applied] == ["05-a.yaml", "10-b.yaml"]
    assert all("--kubeconfig=/etc/kubernetes/admin.conf" in c for c in master.calls)
    assert (master.state / "post-install.done").exists()
    assert not (master.state / "post-install.failed").exists()


def test_the_node_is_labelled_once_it_has_registered(master):
    """Labels come after the manifests; a node that does not register in time is told by name."""
    master.table("node-labels", ("master-0-example", "node-role.kubernetes.io/control-plane="))
    master.stub("kubectl", "echo ok")
    assert master.run("post-install.sh")[0] == 0
    assert master.calls[-1].endswith("label --overwrite node master-0-example node-role.kubernetes.io/control-plane=")
    master.stub("kubectl", "[[ $* != *' label '* ]]")
    code, output = master.run("post-install.sh")
    assert (code, "not labelled: master-0-example" in output) == (50, True)


def test_an_api_that_is_never_ready_leaves_a_marker(master):
    """Real kubectl, nobody at the address: bounded, told, marked."""
    judge("kubectl")
    config = master.root / "admin.conf"
    config.write_text("apiVersion: v1\nkind: Config\n")
    master.settings |= {"ADMIN_KUBECONFIG": str(config), "KUBE_APISERVER_URL": "https://127.0.0.1:9"}
    code, output = master.run("post-install.sh")
    assert code == 50
    assert "the API was not ready within 1 s" in output
    assert "reason=the API was not ready" in (master.state / "post-install.failed").read_text()
    assert not (master.state / "post-install.done").exists()


def test_a_manifest_that_is_refused_leaves_a_marker(master):
    """The API's own words are in the marker."""
    master.stub("kubectl", '[[ $* != *10-b* ]] || { echo "Error: forbidden"; exit 1; }')
    assert master.run("post-install.sh")[0] == 50
    text = (master.state / "post-install.failed").read_text()
    assert "10-b.yaml\nError: forbidden" in text
