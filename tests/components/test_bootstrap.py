from typing import Any

import pytest

from cloudgen import bundle
from cloudgen.pieces import Command, Unit
from cloudgen.report import Severity
from tests.specs import content, node, paths, told
from tests.test_envfile import environment_file

SETTINGS = "/etc/cloudgen/bootstrap.env"
OWN = {"url": "https://files.example.org/a/key-keeper", "sha256": "0" * 64}
LIBRARY = "/usr/local/lib/cloudgen"


def settings(**sections: Any) -> dict[str, str]:
    """The settings of the scripts."""
    return environment_file(content(SETTINGS, **sections))


def test_settings_follow_the_spec():
    """Places, limits and choices reach the scripts."""
    made = settings(
        paths={"binaries": "/opt/bin", "etcdData": "/data/etcd"},
        bootstrap={"timeout": "2h", "downloadTimeout": "90s"},
        vault={"server": "https://v.example.org:8200/", "namespace": "team", "caCert": "ca.pem"},
        etcd={"disk": {"device": "/dev/vdb", "filesystem": "xfs"}},
    )
    expected = {
        "NODE_NAME": "master-0-example",
        "BIN_DIR": "/opt/bin",
        "BOOTSTRAP_TIMEOUT": "7200",
        "DOWNLOAD_TIMEOUT": "90",
        "VAULT_ADDR": "https://v.example.org:8200",
        "VAULT_NAMESPACE": "team",
        "VAULT_CACERT": "/etc/cloudgen/vault-ca.pem",
        "ETCD_DATA_DIR": "/data/etcd",
        "ETCD_DISK_FILESYSTEM": "xfs",
    }
    assert expected.items() <= made.items()


def test_no_secret_is_a_setting():
    """The settings are readable by everybody."""
    assert "placeholder" not in content(SETTINGS)


def test_hosts_are_a_block():
    """Every machine by both of its names, and the API: at the balancer, or at all of them."""
    lines = content("/etc/cloudgen/hosts", names="hosts").splitlines()
    assert lines[0] == "10.0.0.10 master-0.example.example.org master-0-example"
    assert lines[3:] == [f"10.0.0.1{i} api.example.example.org" for i in range(3)]
    balanced = content("/etc/cloudgen/hosts", names="hosts", api={"addresses": ["10.0.0.100"]}).splitlines()
    assert balanced[3:] == ["10.0.0.100 api.example.example.org"]
    assert "/etc/cloudgen/hosts" not in paths()


@pytest.mark.parametrize(
    ("sections", "names"),
    [
        ({}, ["master-0.example.example.org", "vault.example.org"]),
        ({"vault": {"server": "https://10.9.9.9:8200"}}, ["master-0.example.example.org"]),
        (
            {"pki": {"apiLookup": True}},
            ["master-0.example.example.org", "vault.example.org", "api.example.example.org"],
        ),
    ],
)
def test_names_that_must_resolve(sections, names):
    """The machine's own and Vault's, unless that is an address; the API's only where it is looked up."""
    assert content("/etc/cloudgen/names", **sections).splitlines() == names


def test_a_proxy_reaches_the_scripts():
    """Downloads go through it; Vault and the machines never do."""
    made = environment_file(content("/etc/cloudgen/proxy.env", proxy={"https": "http://u:p%40$s@p:1"}))
    assert made["HTTPS_PROXY"] == "http://u:p%40$s@p:1"
    assert {"vault.example.org", "10.0.0.11", "localhost"} <= set(made["NO_PROXY"].split(","))
    assert "/etc/cloudgen/proxy.env" not in paths()


def test_packages_come_through_the_proxy():
    """They are installed before anything of the bootstrap runs, so apt itself must know the way."""
    apt, script = "/etc/apt/apt.conf.d/95cloudgen-proxy", "/usr/local/lib/cloudgen/apt-proxy.sh"
    made = content(apt, proxy={"http": "http://p:1"})
    assert made.splitlines() == [f'Acquire::{kind}::Proxy-Auto-Detect "{script}";' for kind in ("http", "https")]
    assert script in paths(proxy={"http": "http://p:1"})
    assert {apt, script}.isdisjoint(paths())


@pytest.mark.parametrize(("choice", "there"), [("all", True), ("first", False), ("none", False)])
def test_manifests_are_applied_where_the_administrator_is(choice, there):
    """The unit that applies them is on the machines that hold the certificate."""
    units = {unit.name for unit in node("master-1", adminCertificate=choice).of(Unit)}
    assert ("cloudgen-post-install.service" in units) is there


def test_only_the_bootstrap_starts_by_itself():
    """Everything else waits for the binaries."""
    made = node().of(Unit)
    assert [unit.name for unit in made if unit.enabled] == ["cloudgen-bootstrap.service"]
    late = {unit.name for unit in made if unit.after_bootstrap}
    assert {"containerd.service", "key-keeper.service", "kubelet.service", "cloudgen-pki.timer"} <= late


def test_the_end_is_waited_for_first():
    """The command that waits comes before any of the user's."""
    assert node(commands=[{"run": ["a"]}]).of(Command)[0].argv == ("/usr/local/lib/cloudgen/await.sh",)


FETCHING: dict[str, Any] = {"bootstrap": {"scriptsFrom": "https://files.example.org/cloudgen/"}}


def test_scripts_may_be_fetched():
    """Then one script travels; the unit and the first command run it first, and it knows what to fetch."""
    travelling = {path for path in paths(**FETCHING) if path.endswith(".sh")}
    assert {path for path in travelling if "/cloudgen/" in path} == {f"{LIBRARY}/fetch.sh"}
    made = settings(**FETCHING)
    assert made["SCRIPTS_URL"] == f"https://files.example.org/cloudgen/{bundle.file_name()}"
    assert made["SCRIPTS_SHA256"] == bundle.checksum()
    unit = next(u for u in node(**FETCHING).of(Unit) if u.name == "cloudgen-bootstrap.service")
    assert f"ExecStartPre={LIBRARY}/fetch.sh\nExecStart={LIBRARY}/bootstrap.sh\n" in unit.text
    assert node(**FETCHING).of(Command)[0].argv == (f"{LIBRARY}/fetch.sh", f"{LIBRARY}/await.sh")


@pytest.mark.parametrize(
    ("folder", "begin", "end"),
    [
        ("https://files.example.org", "https://files.example.org/", ""),
        ("http://[fd00::1]:8080/a/b", "http://[fd00::1]:8080/a/b/", ""),
        ("https://store.example.org/box/?sv=1&sig=a%2Fb/c", "https://store.example.org/box/", "?sv=1&sig=a%2Fb/c"),
    ],
)
def test_the_archive_lies_in_the_folder(folder, begin, end):
    """Whatever the URL of the folder ends in: its signature stays behind the path."""
    made = settings(bootstrap={"scriptsFrom": folder})
    assert made["SCRIPTS_URL"] == f"{begin}{bundle.file_name()}{end}"


@pytest.mark.parametrize(
    ("binaries", "folder"),
    [
        ({"url": "https://files.example.org/key-keeper"}, "https://files.example.org/"),
        ({"url": "http://[fd00::1]:8080/a/b/key-keeper.tar.gz", "member": "k"}, "http://[fd00::1]:8080/a/b/"),
        ({"url": "https://u:p@files.example.org/a/key-keeper"}, "https://u:p@files.example.org/a/"),
        ({"url": "https://files.example.org//a//b;c=/key-keeper#x"}, "https://files.example.org//a//b;c=/"),
    ],
)
@pytest.mark.parametrize("provider", [{"provider": "aws"}, {"provider": "hetzner", "format": "ignition"}])
def test_a_narrow_provider_has_them_fetched(provider, binaries, folder):
    """Nobody publishes key-keeper: what serves it is the user's, and serves their scripts as well."""
    made = settings(**provider, binaries={"keyKeeper": binaries | {"sha256": "0" * 64}})
    assert made["SCRIPTS_URL"] == f"{folder}{bundle.file_name()}"
    assert made["SCRIPTS_SHA256"] == bundle.checksum()


def test_the_mirror_has_the_scripts_as_well():
    """They lie beside key-keeper where machines fetch that from."""
    made = settings(provider="aws", binaries={"keyKeeper": OWN, "mirror": "http://mirror:8080"})
    assert made["SCRIPTS_URL"] == f"http://mirror:8080/files.example.org/a/{bundle.file_name()}"


@pytest.mark.parametrize(
    "sections",
    [
        {"provider": "hetzner"},
        {"provider": "aws", "bootstrap": {"scriptsFrom": "none"}},
        {"provider": "aws", "binaries": {"keyKeeper": {"install": False}}},
        {"provider": "aws", "binaries": {"keyKeeper": OWN | {"url": "https://f.example.org/k?sig=1"}}},
        {"provider": "aws", "binaries": {"keyKeeper": OWN, "mirror": "https://m.example.org/get?from="}},
    ],
)
def test_where_they_travel_all_the_same(sections):
    """Where the provider holds them, where that is wished, where no folder is known: a signature is for one file."""
    assert "SCRIPTS_URL" not in settings(**sections)


def test_what_is_to_be_put_where_is_told():
    """A machine without its scripts does not boot; what may be secret in the URL is not shown."""
    folder = "https://u:canary-1@files.example.org:8443/box?sig=canary-2"
    (said,) = [problem for problem in told(bootstrap={"scriptsFrom": folder}) if "scripts" in problem.message]
    assert said.severity is Severity.INFO
    assert said.message.endswith(f" from https://files.example.org:8443/box/{bundle.file_name()}")
    assert "cloudgen scripts --out DIR" in said.remedy
    assert not [problem for problem in told() if "scripts" in problem.message]


def test_by_default_nothing_is_fetched():
    """All scripts travel, and no word of fetching does."""
    assert f"{LIBRARY}/fetch.sh" not in paths()
    assert {f"{LIBRARY}/{name}.sh" for name in bundle.SCRIPTS} - {f"{LIBRARY}/etcd-snapshot.sh"} <= paths()
    assert "SCRIPTS_URL" not in settings()


def test_idle_scripts_stay_at_home():
    """What applies manifests travels to machines with the admin certificate alone."""
    post_install = f"{LIBRARY}/post-install.sh"
    assert post_install in paths("master-0", adminCertificate="first")
    assert post_install not in paths("master-1", adminCertificate="first")
