from typing import Any

import pytest

from cloudgen.pieces import Hostname, KernelModule, Package, Sysctl, TrustedCA, User
from tests.specs import PEM, content, messages, node, paths

KEY = "ssh-ed25519 AAAA ops"


def names(kind: type[Any], **host: Any) -> list[str]:
    """The names of the pieces of a kind."""
    return [piece.name for piece in node(host=host).of(kind)]


def test_the_host_name_is_the_node_s():
    """One literal for the host, the node and the certificates."""
    assert node().of(Hostname) == (Hostname(name="master-0-example"),)


def test_packages():
    """What the control plane needs, the clock's package, and the user's own."""
    assert {"curl", "openssl", "conntrack", "chrony"} <= set(names(Package))
    assert "htop" in names(Package, packages=["htop"])
    assert "chrony" not in names(Package, time={"service": "existing"})
    assert "chrony" not in names(Package, time={"service": "none"})
    assert "xfsprogs" not in names(Package)
    assert names(Package, defaultPackages=False, packages=["htop"]) == ["htop"]


def test_the_filesystem_s_package():
    """A minimal image has no mkfs.xfs."""
    disk = {"device": "/dev/vdb", "filesystem": "xfs"}
    assert "xfsprogs" in [package.name for package in node(etcd={"disk": disk}).of(Package)]


def test_users():
    """Login users with keys, groups and rights."""
    made = node(host={"users": [{"name": "ops", "sshAuthorizedKeys": [KEY], "groups": ["adm"], "sudo": True}]})
    assert made.of(User) == (User(name="ops", ssh_keys=(KEY,), groups=("adm",), sudo=True),)


def test_kernel():
    """Modules and parameters that Kubernetes needs, and the user's own beside them or in their place."""
    assert set(names(KernelModule, modules=["ip_vs", "overlay"])) == {"br_netfilter", "overlay", "ip_vs"}
    sysctl = {
        piece.key: piece.value for piece in node(host={"sysctl": {"net.ipv4.ip_forward": 2, "a.b": "c"}}).of(Sysctl)
    }
    assert sysctl["net.ipv4.ip_forward"] == "2"
    assert sysctl["a.b"] == "c"
    assert sysctl["net.bridge.bridge-nf-call-iptables"] == "1"


def test_trusted_authorities():
    """Authorities that the whole system trusts, and the command that makes it so."""
    host = {"trustedCas": {"example": "ca.pem"}}
    assert node(host=host).of(TrustedCA) == (TrustedCA(name="example", pem=PEM),)
    assert 'CA_UPDATE_COMMAND="update-ca-certificates"\n' in content("/etc/cloudgen/bootstrap.env", host=host)
    assert 'CA_UPDATE_COMMAND=""\n' in content("/etc/cloudgen/bootstrap.env")


def test_time():
    """Servers of one's own are chrony's sources; what the image brings is left alone."""
    sources = "/etc/chrony/sources.d/cloudgen.sources"
    assert content(sources, host={"time": {"servers": ["a", "b"]}}) == "server a iburst\nserver b iburst\n"
    assert sources not in paths(host={"time": {"servers": ["a"], "service": "existing"}})
    assert sources not in paths()


def test_updates_and_swap_are_settings_of_the_bootstrap():
    """What the machine switches off is named in its settings, by family."""
    text = content("/etc/cloudgen/bootstrap.env", host={"family": "ubuntu", "swap": "keep", "autoUpdates": "keep"})
    assert 'SWAP="keep"\n' in text
    assert 'AUTO_UPDATES="keep"\n' in text
    assert "snapd.refresh.timer" in text


@pytest.mark.parametrize(
    "host",
    [
        {"users": [{"name": "Ops"}]},
        {"users": [{"name": "ops", "sshAuthorizedKeys": ["AAAA"]}]},
        {"packages": ["a;b"]},
        {"family": "plan9"},
        {"resolvConf": "etc/resolv.conf"},
        {"trustedCas": {"a": "absent.pem"}},
    ],
)
def test_what_no_machine_takes_is_told(host):
    """Names, keys and paths that the system would refuse."""
    assert messages(host=host)
