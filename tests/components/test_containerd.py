import tomllib
from typing import Any

import pytest

from cloudgen.secrets import SecretRef
from tests.judges.systemd import unit_problems
from tests.specs import content, messages, node, paths, write_tree

CONFIG = "/etc/containerd/config.toml"
UNIT = "/etc/systemd/system/containerd.service"
PROXY = "/etc/systemd/system/containerd.service.d/10-proxy.conf"
RUNTIME = "io.containerd.cri.v1.runtime"


def config(**sections: Any) -> dict[str, Any]:
    """The configuration, read back."""
    return tomllib.loads(content(CONFIG, **sections))


@pytest.mark.parametrize("version", ["1.7.28", "2.0.5", "2.3.0"])
def test_configuration_of_a_version(version, golden):
    """The configuration as it stands at the versions at which it changes."""
    assert content(CONFIG, containerd={"version": version}) == golden(name=f"{version}.toml")


@pytest.mark.parametrize(("release", "schema"), [("v1.22.0", 2), ("v1.33.9", 2), ("v1.34.0", 3), ("v1.37.0", 3)])
def test_the_schema_follows_the_daemon(release, schema):
    """Each release gets a daemon that speaks its CRI, and the daemon its own schema."""
    assert config(kubernetesVersion=release)["version"] == schema


@pytest.mark.parametrize(
    ("version", "key", "value"),
    [
        ("2.0.5", "bin_dir", "/opt/cni/bin"),
        ("2.1.0", "bin_dirs", ["/opt/cni/bin"]),
        ("2.3.0", "bin_dirs", ["/opt/cni/bin"]),
    ],
)
def test_plugins_are_where_the_daemon_looks(version, key, value):
    """The folder of CNI plugins has the key that the daemon knows; 2.3 no longer knows the old one."""
    cni = config(containerd={"version": version})["plugins"][RUNTIME]["cni"]
    assert cni == {key: value, "conf_dir": "/etc/cni/net.d"}


def test_the_cgroup_driver_is_kubelet_s():
    """runc and kubelet manage cgroups through systemd, both of them."""
    runc = config()["plugins"]["io.containerd.grpc.v1.cri"]["containerd"]["runtimes"]["runc"]
    assert runc["options"]["SystemdCgroup"] is True
    assert "cgroupDriver: systemd\n" in content("/etc/kubernetes/kubelet/config.yaml")


@pytest.mark.parametrize(("release", "pause"), [("v1.30.4", "3.9"), ("v1.34.0", "3.10.1")])
def test_the_pause_image_is_the_cluster_s(release, pause):
    """The sandbox comes from the cluster's own repository, in the release's version."""
    text = content(CONFIG, kubernetesVersion=release, images={"repository": "a.example/k"})
    assert f'"a.example/k/pause:{pause}"' in text


def test_configuration_is_merged():
    """Tables merge, null takes away."""
    own = {"plugins": {"io.containerd.grpc.v1.cri": {"cni": {"max_conf_num": 2}, "sandbox_image": None}}, "root": "/d"}
    made = config(containerd={"config": own})
    cri = made["plugins"]["io.containerd.grpc.v1.cri"]
    assert cri["cni"] == {"bin_dir": "/opt/cni/bin", "conf_dir": "/etc/cni/net.d", "max_conf_num": 2}
    assert "sandbox_image" not in cri
    assert made["root"] == "/d"


def test_mirrors_come_before_the_registry(golden):
    """Each registry has a file with its mirrors in order; the registry itself comes last, as containerd knows it."""
    registries = {"docker.io": {"mirrors": ["https://b.example", "https://a.example"]}}
    text = content("/etc/containerd/certs.d/docker.io/hosts.toml", containerd={"registries": registries})
    assert text == golden(name="hosts.toml")
    assert list(tomllib.loads(text)["host"]) == ["https://b.example", "https://a.example"]
    assert "server" not in tomllib.loads(text)


def test_credentials_are_kubelet_s():
    """The secret is the whole of kubelet's own file."""
    made = node(containerd={"credentialsFrom": {"secret": "pull"}}, paths={"kubelet": "/data/kubelet"})
    file = made.file("/data/kubelet/config.json")
    assert file is not None
    assert (file.content, file.mode) == (SecretRef("named", "", "pull"), 0o600)


def test_a_proxy_is_a_drop_in():
    """Specifiers and quotes in the address are taken literally; without a proxy there is no drop-in."""
    text = content(PROXY, proxy={"http": 'http://u:p%40s"s\\w@proxy:3128', "noProxy": ["a.example"]})
    first, last = text.splitlines()[1:]
    assert first == 'Environment="HTTP_PROXY=http://u:p%%40s\\"s\\\\w@proxy:3128"'
    assert last.endswith(',a.example"')
    assert PROXY not in paths()


@pytest.mark.judge
def test_systemd_takes_any_proxy(tmp_path):
    """systemd finds no fault with an address of odd characters."""
    root = write_tree(node(proxy={"https": "http://u:p%40s\"s\\w$x'@proxy:3128"}), tmp_path)
    assert unit_problems(root) == []


def test_shims_find_runc():
    """Binaries in a folder that systemd does not search are put into the daemon's path."""
    assert "Environment=PATH=/opt/bin:/usr/local/sbin:" in content(UNIT, paths={"binaries": "/opt/bin"})
    assert "PATH" not in content(UNIT)


@pytest.mark.parametrize(
    ("version", "release", "said"),
    [
        ("1.5.18", "v1.30.4", "containerd 1.5.18 is too old"),
        ("0.9.0", "v1.30.4", "containerd 0.9.0 is too old"),
        ("2.0.0", "v1.22.0", "kubelet v1.22.0 cannot talk to containerd 2.0.0"),
    ],
)
def test_a_daemon_that_does_not_fit_is_told(version, release, said):
    """Versions without a known configuration, or without the release's CRI, end in a problem."""
    assert said in messages(containerd={"version": version}, kubernetesVersion=release)


def test_the_unit(golden):
    """The unit."""
    assert content(UNIT) == golden(name="containerd.service")


@pytest.mark.parametrize("host", ["registry.example.org:5000", "10.0.0.9:5000", "[fd00::9]:5000", "_default"])
def test_a_registry_may_have_a_port(host):
    """The folder is called as images call the registry; _default is the folder for all others."""
    registries = {host: {"mirrors": ["https://a.example"]}}
    assert f"/etc/containerd/certs.d/{host}/hosts.toml" in paths(containerd={"registries": registries})


@pytest.mark.parametrize(
    ("release", "plugins", "count"),
    [
        ("v1.33.1", {"io.containerd.grpc.v1.cri": {"max_container_log_line_size": 1}}, 0),
        ("v1.33.1", {"io.containerd.cri.v1.images": {"snapshotter": "native"}}, 1),
        ("v1.34.0", {"io.containerd.cri.v1.images": {"snapshotter": "native"}}, 0),
        ("v1.34.0", {"io.containerd.grpc.v1.cri": {"max_container_log_line_size": 1}}, 1),
        ("v1.34.0", {"io.containerd.grpc.v1.cri": {"stream_server_port": "1"}}, 0),
        ("v1.34.0", {"io.containerd.grpc.v1.cri": None, "io.containerd.gc.v1.scheduler": {"a": 1}}, 0),
    ],
)
def test_a_setting_where_the_daemon_does_not_look_is_told(release, plugins, count):
    """Plugins were split with containerd 2: what was written for the other one would be passed over in silence."""
    assert len(messages(kubernetesVersion=release, containerd={"config": {"plugins": plugins}})) == count


@pytest.mark.parametrize(("version", "count"), [(2, 0), (3, 1), (None, 1)])
def test_the_configuration_has_one_version(version, count):
    """Its version is that of the keys that cloudgen writes."""
    assert len(messages(containerd={"config": {"version": version}})) == count
