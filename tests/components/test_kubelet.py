import re
from typing import Any

import pytest

from cloudgen.kubernetes import known_minors
from tests.specs import content, messages, node, paths
from tests.test_envfile import environment_file, split_words

CONFIG = "/etc/kubernetes/kubelet/config.yaml"
ARGUMENTS = "/etc/kubernetes/kubelet/service/kubelet-args.env"
RELEASES = ("v1.22.0", "v1.23.0", "v1.24.0", "v1.27.0", "v1.31.0", "v1.35.0", "v1.37.0")
"""The releases at which something changes, and the newest."""
FILES = {"config.yaml": CONFIG, "args.env": ARGUMENTS}


def arguments(**sections: Any) -> list[str]:
    """Every argument that systemd hands to kubelet, in order."""
    variables = environment_file(content(ARGUMENTS, **sections))
    command = content("/etc/systemd/system/kubelet.service.d/10-fraima.conf", **sections).splitlines()[-1]
    names = re.findall(r"\$(\w+)", command)
    assert set(names) == set(variables)
    return [argument for name in names for argument in split_words(variables[name])]


def values(name: str, **sections: Any) -> list[str]:
    """The values of one flag."""
    split = [argument.removeprefix("--").partition("=") for argument in arguments(**sections)]
    return [value for found, _, value in split if found == name]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("file", FILES)
def test_files_of_a_release(release, file, golden):
    """Flags and configuration as they stand at the releases at which something changes."""
    assert content(FILES[file], kubernetesVersion=release) == golden(name=f"{release}-{file}")


def test_nothing_changes_in_between():
    """No other minor has other flags, fields or units than the newest golden release before it."""

    def seen(release: str) -> tuple[str, set[str]]:
        made = {name: content(path, kubernetesVersion=release) for name, path in FILES.items()}
        return re.sub(r"pause:[0-9.]+", "pause", repr(made)), paths(kubernetesVersion=release)

    last = ""
    for minor in known_minors():
        release = f"v{minor}.0"
        last = release if release in RELEASES else last
        assert seen(release) == seen(last), release


@pytest.mark.parametrize(("release", "watched"), [("v1.30.4", True), ("v1.31.0", False)])
def test_a_renewed_certificate_is_watched_for_where_kubelet_does_not(release, watched):
    """Releases that do not reload their serving certificate get a unit that restarts them."""
    unit = "/etc/systemd/system/cloudgen-kubelet-certificate.path"
    assert (unit in paths(kubernetesVersion=release)) is watched


def test_the_node_has_the_name_of_its_certificate():
    """The node's name is the same literal as in the certificate's common name, never the host's own idea."""
    assert values("hostname-override") == ["master-0-example"]
    assert "commonName: system:node:master-0-example" in content("/etc/kubernetes/pki/vault-config")


@pytest.mark.parametrize("name", ["other", None, ""])
def test_another_name_is_told(name):
    """A node of another name than its certificate's would be refused by the API server."""
    said = messages(masters={"count": 1}, kubelet={"extraArgs": {"hostname-override": name}})
    assert any("in its certificate" in message for message in said)


def test_own_flags_replace_ours_in_place():
    """A flag of the user takes the place of ours; a list repeats it; null takes it away; a new one is added."""
    extra = {"v": 4, "register-node": None, "root-dir": "/data/kubelet", "image-service-endpoint": ["a", "b"]}
    made = arguments(kubelet={"extraArgs": extra})
    assert made.count("--v=4") == 1
    assert not [argument for argument in made if argument.startswith(("--v=2", "--register-node"))]
    assert [a for a in made if a.startswith("--root-dir")] == ["--root-dir=/data/kubelet"]
    assert [a for a in made if a.startswith("--image-service")] == [
        "--image-service-endpoint=a",
        "--image-service-endpoint=b",
    ]


@pytest.mark.parametrize("value", ["a b", "'", '"', "$HOME", "\\", "a\\nb", "`id`", "%h", "", "  ", "#a", "a;b", "ä"])
def test_any_value_of_a_flag_arrives(value):
    """Spaces, quotes, dollars and backslashes go through systemd as they are."""
    assert values("vmodule", kubelet={"extraArgs": {"vmodule": value}}) == [value]


def test_configuration_is_merged():
    """Mappings merge, values replace, null takes a default away."""
    config = {"maxPods": 110, "authentication": {"anonymous": {"enabled": True}}, "memorySwap": None, "port": 10250}
    text = content(CONFIG, kubelet={"config": config})
    assert "maxPods: 110\n" in text
    assert "  anonymous:\n    enabled: true\n  webhook:\n" in text
    assert "port: 10250\n" in text
    assert "memorySwap" not in text


def test_taints_are_written_where_the_release_reads_them():
    """Taints are a flag before v1.23 and fields of the configuration since."""
    kubelet = {"nodeTaints": ["a=b:NoExecute", "c:NoSchedule"]}
    assert values("register-with-taints", kubernetesVersion="v1.22.17", kubelet=kubelet) == [
        "a=b:NoExecute,c:NoSchedule"
    ]
    text = content(CONFIG, kubelet=kubelet)
    assert "registerWithTaints:\n- key: a\n  value: b\n  effect: NoExecute\n- key: c\n  effect: NoSchedule\n" in text
    assert values("register-with-taints", kubelet=kubelet) == []


def test_no_taints_are_an_empty_list():
    """An empty list of taints leaves the node untainted."""
    assert "registerWithTaints: []\n" in content(CONFIG, kubelet={"nodeTaints": []})


def test_labels_become_a_flag():
    """Labels are registered by kubelet itself."""
    labels = {"example.org/a": "b", "c": ""}
    assert values("node-labels", kubelet={"nodeLabels": labels}) == ["example.org/a=b,c="]


@pytest.mark.parametrize(
    ("kubelet", "said"),
    [
        ({"nodeLabels": {"node-role.kubernetes.io/control-plane": ""}}, "may not set"),
        ({"nodeLabels": {"a": "b,c=d"}}, "no value of a label"),
        ({"nodeLabels": {"a": "-b"}}, "no value of a label"),
        ({"nodeTaints": ["a:NoWay"]}, "not a taint"),
        ({"nodeTaints": [":NoSchedule"]}, "not a taint"),
        ({"nodeTaints": ["a:NoSchedule,b:NoSchedule"]}, "not a taint"),
    ],
)
def test_what_kubelet_would_refuse_is_told(kubelet, said):
    """Labels and taints with which kubelet would not start, or not register its node."""
    assert any(said in message for message in messages(kubelet=kubelet))


def test_an_external_cloud_is_a_flag():
    """With an external cloud the nodes wait for its controller manager."""
    assert values("cloud-provider", cloudProvider="external") == ["external"]
    assert values("cloud-provider") == []


def test_etcd_never_starts_beside_its_disk():
    """What runs before kubelet looks for the disk; a dependency would fail once, and systemd would never try again."""
    unit, disk = content("/etc/systemd/system/kubelet.service", etcd={"disk": {"device": "/dev/vdb"}}), "/var/lib/etcd"
    assert "ExecStartPre=/usr/local/lib/cloudgen/kubelet-prestart.sh\n" in unit
    assert disk not in unit


def test_one_machine_may_differ():
    """An override of one machine is not seen on its siblings."""
    masters = [{"name": "a", "overrides": {"kubelet": {"config": {"maxPods": 7}}}}, {"name": "b"}, {"name": "c"}]
    assert "maxPods: 7\n" in content(CONFIG, "a", masters=masters)
    assert content(CONFIG, "b", masters=masters) == content(CONFIG, "c", masters=masters)


def test_resolv_conf_may_be_named():
    """The file that pods inherit is a link that the machine sets, or the one that is named."""
    assert "resolvConf: /etc/kubernetes/kubelet/resolv.conf\n" in content(CONFIG)
    assert "resolvConf: /run/a.conf\n" in content(CONFIG, host={"resolvConf": "/run/a.conf"})


def test_swap_that_is_kept_does_not_keep_kubelet_down():
    """By its own default kubelet does not start beside swap."""
    assert "failSwapOn: false\n" in content(CONFIG, host={"swap": "keep"})
    assert "failSwapOn" not in content(CONFIG)


def test_files_that_the_flags_name_are_checked():
    """A flag that names a file below the root which nothing writes is told."""
    path = "/etc/kubernetes/kubelet/absent.yaml"
    said = messages(kubelet={"extraArgs": {"image-credential-provider-config": path}})
    assert f"{ARGUMENTS} reads {path}, which nothing writes" in said


def test_other_folders_are_followed():
    """Another root, another state folder and other binaries stand everywhere."""
    made = node(paths={"root": "/srv/k8s", "kubelet": "/data/kubelet", "binaries": "/opt/bin"})
    text = "".join(str(piece) for piece in made.pieces)
    for usual in ("/etc/kubernetes", "/var/lib/kubelet", "/usr/bin/kubelet", "/usr/bin/containerd"):
        assert usual not in text
    assert "--root-dir=/data/kubelet" in text
