"""Host families: whole machines of each keep off what the family forbids."""

import runpy
from pathlib import Path
from typing import Any

import pytest

from cloudgen.assemble import lower
from cloudgen.family import FAMILIES, NEVER_BELOW, Family, lies_below
from cloudgen.generate import build, machine_facts, render
from cloudgen.pieces import Directory, File, Node, Package, Unit
from cloudgen.report import Severity
from tests.judges import strict_yaml
from tests.specs import MANIFESTS, node, spec, text_of

PODS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")


def made(family: Family, **sections: Any) -> Node:
    """A machine of a family with a bit of everything."""
    host = {"family": family.name, "time": {"servers": ["ntp.example.org", "192.0.2.1"]}, "trustedCas": {"a": "ca.pem"}}
    return node(host=host | sections.pop("host", {}), **sections)


def written(family: Family, path: str, **sections: Any) -> str:
    """The text of a file of a machine."""
    trust = machine_facts(spec(host={"family": family.name}), "master-0").family.trust_file
    found = lower(made(family, **sections), trust).file(path)
    assert found is not None, path
    return text_of(found)


def bootstrap_env(family: Family, **sections: Any) -> list[str]:
    """The settings of the bootstrap."""
    return written(family, "/etc/cloudgen/bootstrap.env", **sections).splitlines()


@pytest.fixture(params=FAMILIES.values(), ids=list(FAMILIES))
def family(request):
    """Each family."""
    return request.param


def test_nothing_is_said_to_a_usual_machine(family):
    """In the family's own format, without a format being named."""
    found = spec(host={"family": family.name})
    assert found.encoder.name == family.formats[0]
    report = build(found, "master-0")[1]
    assert report.of_severity(Severity.ERROR) == ()
    assert report.of_severity(Severity.WARNING) == ()


def test_no_folder_of_the_host_is_made_below_usr(family):
    """Pods mount folders that exist or may be made; kubelet keeps its plugins below /var."""
    for pod in PODS:
        volumes = strict_yaml.load(written(family, f"{MANIFESTS}/{pod}.yaml"))["spec"]["volumes"]
        paths = [volume["hostPath"]["path"] for volume in volumes]
        assert paths
        assert [path for path in paths if lies_below(path, NEVER_BELOW)] == []
    config = strict_yaml.load(written(family, "/etc/kubernetes/kubelet/config.yaml"))
    assert not lies_below(config["volumePluginDir"], NEVER_BELOW)


def test_nothing_is_written_where_nothing_can_be(family):
    """Files, folders and downloads of a machine."""
    lowered = lower(made(family), family.trust_file)
    pieces: tuple[File | Directory, ...] = (*lowered.of(File), *lowered.of(Directory))
    assert [piece.path for piece in pieces if family.refuses(piece.path)] == []
    rows = [line.split("\t") for line in written(family, "/etc/cloudgen/downloads").splitlines()[1:]]
    assert [row[4] for row in rows if family.refuses(row[4])] == []
    assert all(lies_below(row[4], family.binaries) for row in rows)


def test_units_start_what_is_there(family):
    """Programs of the units are the system's, or lie where scripts and downloads go; containerd finds runc."""
    for unit in made(family).of(Unit):
        for line in unit.text.splitlines():
            if line.startswith("ExecStart") and (program := line.partition("=")[2].split(" ")[0]):
                folder = program.rpartition("/")[0]
                assert folder in {"/bin", "/sbin", "/usr/bin", family.binaries, family.library}
    (containerd,) = (unit for unit in made(family).of(Unit) if unit.name == "containerd.service")
    usual = family.binaries in {"/usr/bin", "/usr/local/bin"}
    assert usual or f"Environment=PATH={family.binaries}:" in containerd.text
    assert f'BIN_DIR="{family.binaries}"' in bootstrap_env(family)


def test_tools_and_updates_are_told_to_the_bootstrap(family):
    """What it looks for, what it masks, what it stops, how authorities become trusted."""
    settings = bootstrap_env(family)
    assert f'TOOLS="{" ".join(family.tools)}"' in settings
    assert f'AUTO_UPDATES_UNITS="{" ".join(family.auto_update_units)}"' in settings
    assert f'AUTO_UPDATES_STOP="{" ".join(family.auto_update_stops)}"' in settings
    assert set(family.auto_update_stops) <= set(family.auto_update_units)
    assert f'CA_UPDATE_COMMAND="{family.trust_update}"' in settings
    assert written(family, family.trust_file.format(name="a")).startswith("-----BEGIN CERTIFICATE-----")


def test_time_servers_are_named_where_the_family_looks(family):
    """Each server has its line, and the service is told of it."""
    path, head, line = family.time_servers
    servers = "".join(line.format(server=server) for server in ("ntp.example.org", "192.0.2.1"))
    assert written(family, path) == head + servers
    assert f'TIME_UNIT="{family.time_unit}"' in bootstrap_env(family)
    existing = {"time": {"service": "existing", "servers": ["ntp.example.org"]}}
    assert lower(made(family, host=existing)).file(path) is None
    assert 'TIME_UNIT=""' in bootstrap_env(family, host=existing)


def test_packages_only_where_they_can_be_installed(family):
    """Families of Ignition alone have none."""
    disk = {"disk": {"device": "/dev/vdb", "filesystem": "xfs"}}
    packages = made(family, etcd=disk).of(Package)
    assert bool(packages) == ("cloud-config" in family.formats)


def test_masters_may_be_of_several_families():
    """Each master has the format, the folders and the checks of its own family."""
    masters: list[dict[str, Any]] = [
        {"name": "a"},
        {"name": "b", "overrides": {"host": {"family": "flatcar"}}},
        {"name": "c", "overrides": {"host": {"family": "fcos", "packages": ["jq"]}}},
    ]
    found = spec(masters=masters)
    rendered = {master.name: render(found, master.name) for master in found.masters}
    assert [made.parcel.format for made in rendered.values()] == ["cloud-config", "ignition", "ignition"]
    assert rendered["b"].node.file("/opt/cloudgen/bootstrap.sh")
    assert [made.report.failed for made in rendered.values()] == [False, False, True]


def test_the_page_is_fresh():
    """After a change of a row, `python scripts/families.py` writes docs/families.md anew."""
    root = Path(__file__).resolve().parent.parent
    made = runpy.run_path(str(root / "scripts/families.py"))["page"]()
    assert made == (root / "docs/families.md").read_text(encoding="utf-8")


def test_refuses():
    """A read-only folder and all below it, but for what is writable there; never a mere likeness of the name."""
    fcos, flatcar, debian = FAMILIES["fcos"], FAMILIES["flatcar"], FAMILIES["debian"]
    assert flatcar.refuses("/usr")
    assert flatcar.refuses("/usr/local/bin/a")
    assert not flatcar.refuses("/usrlocal")
    assert fcos.refuses("/usr/bin/a")
    assert not fcos.refuses("/usr/local/bin/a")
    assert not debian.refuses("/usr/bin/a")
