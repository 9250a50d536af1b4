import re
import subprocess
from pathlib import Path

import pytest

from cloudgen.encoders import ENCODERS
from cloudgen.packing import carried
from cloudgen.packings import PACKINGS
from cloudgen.providers import PROVIDERS
from tests.judges.cloud_init import cloud_inits
from tests.largest import LARGEST
from tests.specs import messages

ROWS = pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
NASTY = "#cloud-config\nruncmd: ['${A} %{b} {c} $d']\n"


@ROWS
def test_row_is_whole(provider):
    """A row's key is its name; its formats and packings exist and fit each other; its source is said."""
    assert PROVIDERS[provider.name] is provider
    assert set(provider.formats) <= {*ENCODERS, "ignition"}
    assert provider.formats[0] == "cloud-config"
    for format_ in provider.formats:
        assert all(carried(PACKINGS[name], format_) for name in provider.packings(format_))
        assert provider.packings(format_)
    assert set(provider.refuses) <= {*PACKINGS, *ENCODERS, "ignition"}
    assert bool(provider.substitutes) is bool(provider.substitution)
    assert provider.source
    assert provider.datasource
    assert "{name}" in provider.disk


@ROWS
def test_what_is_refused_is_not_carried(provider):
    """A reason is given for what is not carried alone, or not with a format that it could carry."""
    for name in provider.refuses:
        possible = [f for f in provider.formats if name in PACKINGS and carried(PACKINGS[name], f)]
        assert name not in provider.formats
        assert name not in PACKINGS or any(name not in provider.packings(format_) for format_ in possible)


@ROWS
def test_default_packing_survives_substitution(provider):
    """What a carrier substitutes never occurs in what its default packing makes."""
    packed = PACKINGS[provider.packings("cloud-config")[0]].pack(NASTY)
    assert not set(provider.substitutes) & set(packed.decode("latin-1"))


@ROWS
def test_largest_fits_and_the_next_does_not(provider):
    """The largest user-data that a vendor documents is within the row's limit, and one byte more is not."""
    largest = LARGEST[provider.name]
    if largest is None:
        assert provider.limit is None
    else:
        assert provider.measure(b"x" * largest) <= provider.limit < provider.measure(b"x" * (largest + 1))
        assert provider.measure(b"", largest) <= provider.limit < provider.measure(b"", largest + 1)


def test_only_characters_are_counted_as_such():
    """An instance group counts characters, a machine's metadata bytes."""
    assert PROVIDERS["yandex-instance-group"].measure("ж".encode()) == 1
    assert PROVIDERS["yandex"].measure("ж".encode()) == 2


@ROWS
def test_every_file_is_handed_over(provider):
    """Each format in each packing has a command or a field that names the file."""
    for format_ in provider.formats:
        for packing in provider.packings(format_):
            assert "here" in provider.handed_over(format_, packing, "here", "node")


COMMANDS = {
    "aws": "aws ec2 run-instances --placement AvailabilityZone=z1 --user-data fileb://here",
    "azure": "az vm create --name m-0 --zone z1 --custom-data here",
    "digitalocean": "doctl compute droplet create m-0 --user-data-file here",
    "gcp": "gcloud compute instances create m-0 --zone=z1 --metadata-from-file=user-data=here",
    "generic": "NoCloud seed, beside a meta-data that names m-0: user-data is here",
    "hetzner": "hcloud server create --name m-0 --user-data-from-file here",
    "openstack": "openstack server create --availability-zone z1 --user-data here m-0",
    "openstack-config-drive": (
        "openstack server create --availability-zone z1 --config-drive true --user-data here m-0"
    ),
    "proxmox": (
        "install -m 0600 here /var/lib/vz/snippets/m-0.user-data &&"
        ' qm set "$VMID" --cicustom user=local:snippets/m-0.user-data'
    ),
    "vmware": "govc vm.change -vm m-0 -f guestinfo.userdata=here -e guestinfo.userdata.encoding=gzip+base64",
    "yandex": "yc compute instance create --name m-0 --zone z1 --metadata-from-file user-data=here",
    "yandex-instance-group": ("the group's instance_template.metadata.user-data, a group for m-0 alone: here"),
}
"""What stands in the vendors' references, for the default packing of a master in a zone."""


@ROWS
def test_the_command(provider):
    """Each client is called as its reference says, with the zone where it has an option for one."""
    packing = provider.packings("cloud-config")[0]
    assert provider.handed_over("cloud-config", packing, "here", "m-0", "z1") == COMMANDS[provider.name]
    zone = f" {provider.zone.format(zone='z1')}" if provider.zone else ""
    without = provider.handed_over("cloud-config", packing, "here", "m-0")
    assert without == COMMANDS[provider.name].replace(zone, "")


PATHS = ["out/a/user-data", "my out/a/user-data", "o'ut/$HOME/`id`", "-out/a", "a,b/user-data", "~/out"]
CLIENTS = ("aws", "az", "doctl", "gcloud", "govc", "hcloud", "install", "openstack", "yc")
CLIENT = """\
for word; do
  word=${word#fileb://}
  for name in "$word" "${word#*=}" "${word#*=*=}"; do
    if [ -r "$name" ] && [ ! -d "$name" ]; then cat -- "$name"; break; fi
  done
done
"""
"""Stands for every client: says what is in the files that its words name."""


@pytest.fixture
def clients(tmp_path):
    """A folder of programs that are called as the clouds' clients are."""
    folder = tmp_path / "clients"
    folder.mkdir()
    for name in CLIENTS:
        (folder / name).write_text(f"#!/bin/bash\n{CLIENT}")
        (folder / name).chmod(0o755)
    return folder


@ROWS
@pytest.mark.parametrize("path", PATHS)
def test_a_shell_finds_the_file(provider, path, clients, tmp_path):
    """Whatever a folder is called, a shell hands the client the file of this name, escaped where the client asks."""
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text("found $HOME")
    for packing in provider.packings("cloud-config"):
        command = provider.handed_over("cloud-config", packing, path, "node").partition(" && ")[0]
        if command.startswith(CLIENTS):
            environment = {"PATH": f"{clients}:/usr/bin:/bin"}
            argv = ["bash", "-c", command]
            done = subprocess.run(argv, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
            escaped = provider.substitutes == "$" and packing == "plain"
            assert done.stdout == ("found $$HOME" if escaped else "found $HOME")


@ROWS
@pytest.mark.parametrize(
    ("name", "matches"),
    [
        ("eth0", True),
        ("ens3", True),
        ("enp1s0", True),
        ("lo", False),
        ("cali12", False),
        ("veth0", False),
        ("cni0", False),
    ],
)
def test_nic_pattern(provider, name, matches):
    """The pattern finds the machine's own card and no pod's, and is anchored at both ends."""
    assert bool(re.search(provider.nic_pattern, name)) is matches
    assert (provider.nic_pattern[0], provider.nic_pattern[-1]) == ("^", "$")


@ROWS
@pytest.mark.parametrize("packing", PACKINGS)
def test_pairing_is_told(provider, packing):
    """A packing that a provider does not carry is an error with the reason; one that it carries is none."""
    told = [
        said for said in messages(provider=provider.name, packing=packing) if said.startswith(f"{packing} does not ")
    ]
    fits = packing in provider.packings("cloud-config")
    assert bool(told) is not fits
    if not fits and packing in provider.refuses and carried(PACKINGS[packing], "cloud-config"):
        assert told == [f"{packing} does not travel through {provider.title}: {provider.refuses[packing]}"]


def sources(provider):
    """The text of a row's data source, in every version of cloud-init at hand."""
    for version in cloud_inits():
        folder = (version.root or Path("/")) / "usr/lib/python3/dist-packages/cloudinit/sources"
        yield (folder / f"DataSource{provider.datasource}.py").read_text()


@pytest.mark.judge
@ROWS
def test_the_data_source_is_cloud_init_s(provider):
    """Every version at hand has a data source of this name."""
    assert all(f"class DataSource{provider.datasource}" in text for text in sources(provider))


@pytest.mark.judge
@ROWS
def test_who_decodes_base64(provider):
    """Just the data sources of the rows that carry gzip in base64 undo it, but for two that do so under conditions."""
    if provider.datasource not in {"Ec2", "Azure"}:
        carries = "gzip-base64" in provider.packings("cloud-config")
        assert {"b64d" in text for text in sources(provider)} == {carries}
