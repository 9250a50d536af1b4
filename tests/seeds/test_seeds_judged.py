"""Seeds, read by cloud-init itself."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from cloudgen.generate import render
from cloudgen.load import load
from cloudgen.seeds import seed
from cloudgen.source import parse
from tests.judges.cloud_init import cloud_inits, network_problems
from tests.judging import judge

pytestmark = pytest.mark.judge
DOCS = Path(__file__).resolve().parents[2] / "docs/seeds.md"
WHERE = {"nocloud-iso": "nocloud", "config-drive-iso": "config_drive"}
"""Below cloud-init's folder of seeds."""
NETWORK = re.search(r"```yaml\n(masters:\n.*?)```", DOCS.read_text(), re.DOTALL)
SPEC = """\
apiVersion: cloudgen/v1alpha1
clusterName: example
domain: example.org
kubernetesVersion: v1.30.4
vault: {server: "https://vault.example.org:8200"}
binaries: {keyKeeper: {install: false}}
"""

_READ = """
import json, sys
from cloudinit import distros
from cloudinit.helpers import Paths
from cloudinit.sources import DataSourceConfigDrive, DataSourceNoCloud
kind, folder = sys.argv[1:]
sources = {"nocloud": DataSourceNoCloud.DataSourceNoCloud, "config_drive": DataSourceConfigDrive.DataSourceConfigDrive}
paths = Paths({"cloud_dir": folder, "run_dir": folder + "/run"})
# Without a label, it looks for no disks of this machine.
config = {"datasource": {"NoCloud": {"fs_label": None}}}
source = sources[kind](config, distros.fetch("debian")("debian", {}, paths), paths)
assert source._get_data()
name = source.get_hostname()
print(json.dumps({
    "id": source.get_instance_id(),
    "name": getattr(name, "hostname", name),
    "data": source.userdata_raw if isinstance(source.userdata_raw, str) else source.userdata_raw.decode(),
    "network": source.network_config,
}))
"""


@pytest.fixture(params=WHERE)
def iso(request, tmp_path):
    """The kind of a seed, the image on the disk, and the user-data in it; the network is that of the docs."""
    assert NETWORK
    masters = NETWORK[1] if request.param == "nocloud-iso" else "masters: {count: 1}\n"
    found = load(parse((SPEC + masters).encode(), "cluster.yaml"))
    made = render(found, found.masters[0].name)
    path = tmp_path / "seed.iso"
    path.write_bytes(next(iter(seed(found, made, request.param).values())))
    return request.param, path, made.data


def test_data_sources_read_them(iso, tmp_path):
    """The code that runs on a machine finds the identity, the name, the network and the very user-data."""
    kind, path, data = iso
    folder = tmp_path / "seed" / WHERE[kind]
    folder.mkdir(parents=True)
    subprocess.run([judge("bsdtar"), "-C", folder, "-xf", path], check=True)
    for version in cloud_inits():
        told = json.loads(version.runs(_READ, b"", WHERE[kind], tmp_path))
        assert told["data"].encode() == data
        assert told["name"] == "master-0-example"
        if kind == "nocloud-iso":
            assert NETWORK
            assert told["id"] == "master-0.example.example.org"
            assert told["network"] == yaml.safe_load(NETWORK[1])["masters"][0]["networkConfig"]
        else:
            assert told["network"] is None


def test_they_are_found_by_their_labels(iso, tmp_path):
    """ds-identify, which decides before cloud-init starts, sees what blkid says of the image."""
    kind, path, _ = iso
    root, tools = tmp_path / "root", tmp_path / "bin"
    for folder in ("run/cloud-init", "etc/cloud", "proc", "sys/class/dmi/id"):
        (root / folder).mkdir(parents=True)
    (root / "proc/cmdline").write_text("\n")
    (root / "etc/cloud/cloud.cfg").write_text("datasource_list: [NoCloud, ConfigDrive, None]\n")
    tools.mkdir()
    # In place of all disks of a virtual machine.
    for name, line in (("blkid", f"{judge('blkid')} -p -o export {path}"), ("systemd-detect-virt", "echo kvm")):
        (tools / name).write_text(f"#!/bin/sh\n{line}\n")
        (tools / name).chmod(0o755)
    environment = {**os.environ, "PATH_ROOT": str(root), "PATH": f"{tools}:{os.environ['PATH']}"}
    for version in cloud_inits():
        subprocess.run([version.identifier, "--force"], check=True, env=environment, capture_output=True)
        told = yaml.safe_load((root / "run/cloud-init/cloud.cfg").read_text())
        assert told["datasource_list"][0] == {"nocloud-iso": "NoCloud", "config-drive-iso": "ConfigDrive"}[kind]


def network_of_the_docs() -> str:
    assert NETWORK
    found = load(parse((SPEC + NETWORK[1]).encode(), "cluster.yaml"))
    return seed(found, render(found, "master-0"), "nocloud")["nocloud/network-config"].decode()


_CONVERT = """
import sys
from cloudinit import distros
from cloudinit.cmd.devel import net_convert
path, out, kind = sys.argv[1:]
parser = net_convert.get_parser()
arguments = ["-p", path, "-k", "yaml", "-d", out, "-D", "debian", "-O", kind]
net_convert.handle_args("net-convert", parser.parse_args(arguments))
"""


@pytest.mark.parametrize("kind", ["eni", "networkd", "netplan"])
def test_cloud_init_makes_the_network_of_the_docs(kind, tmp_path):
    """Every renderer of every version gives the card its address, its way out and its name server."""
    (tmp_path / "network").write_text(network_of_the_docs())
    for number, version in enumerate(cloud_inits()):
        out = tmp_path / str(number)
        version.runs(_CONVERT, b"", tmp_path / "network", out, kind)
        text = "".join(path.read_text() for path in sorted(out.rglob("*")) if path.is_file())
        assert "10.0.0.10/24" in text
        assert re.search(
            r"Gateway=10\.0\.0\.1\n|default (gw|via) 10\.0\.0\.1 |to: 0\.0\.0\.0/0\n +via: 10\.0\.0\.1\n", text
        )
        assert re.search(r"(DNS=|nameservers |- )10\.0\.0\.1\n", text)
        assert "52:54:00:12:34:56" in text


def test_the_network_of_the_docs():
    """cloud-init's own schema for networks has nothing to say to the documentation's example."""
    text = network_of_the_docs()
    assert network_problems(text) == []
    assert network_problems(text.replace("addresses", "adresses")) != []
