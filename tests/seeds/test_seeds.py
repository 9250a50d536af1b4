"""Seeds."""

import json
import re
import uuid

import pytest

import cloudgen
from cloudgen.edge.cli.render import SeedKind
from cloudgen.generate import Rendered, render
from cloudgen.iso import contents
from cloudgen.report import Refused
from cloudgen.secrets import Secret, Secrets
from cloudgen.seeds import SEEDS, seed
from cloudgen.spec import Spec
from tests.judges import strict_yaml
from tests.specs import spec

NETWORK = {"version": 2, "ethernets": {"eth0": {"addresses": ["10.0.0.10/24"]}}}
STATIC = {"masters": [{"name": "a", "address": "10.0.0.10", "networkConfig": NETWORK}]}


def made(**sections: object) -> tuple[Spec, Rendered]:
    """A spec and its first master, rendered."""
    found = spec(**sections)
    return found, render(found, found.masters[0].name)


def documents(kind: str, **sections: object) -> dict[str, bytes]:
    """The files of a seed, out of their image."""
    found = seed(*made(**sections), kind)
    return dict(contents(next(iter(found.values())), 1 << 24) if SEEDS[kind].label else found)


def test_the_command_line_knows_all_kinds():
    """What the help lists is what there is, and the library has it under a public name."""
    assert [kind.value for kind in SeedKind] == [*SEEDS]
    assert cloudgen.seed is seed


def test_nocloud_in_a_folder():
    """Three documents, of which the user-data is what travels."""
    found = documents("nocloud", **STATIC)
    assert found["nocloud/user-data"] == made(**STATIC)[1].data
    assert strict_yaml.load(found["nocloud/meta-data"].decode()) == {
        "instance-id": "a.example.example.org",
        "local-hostname": "a-example",
    }
    assert strict_yaml.load(found["nocloud/network-config"].decode()) == NETWORK


def test_nocloud_in_an_image():
    """The same documents."""
    folder = documents("nocloud", **STATIC)
    assert documents("nocloud-iso", **STATIC) == {name.removeprefix("nocloud/"): data for name, data in folder.items()}


def test_no_network_unless_the_spec_gives_one():
    """An empty document would be one."""
    assert sorted(documents("nocloud-iso")) == ["meta-data", "user-data"]


def test_config_drive():
    """The two documents that cloud-init and Ignition read, under Nova's newest version."""
    found = documents("config-drive-iso")
    assert sorted(found) == ["openstack/latest/meta_data.json", "openstack/latest/user_data"]
    assert found["openstack/latest/user_data"] == made()[1].data
    meta = json.loads(found["openstack/latest/meta_data.json"])
    assert (meta["hostname"], meta["name"]) == ("master-0-example", "master-0-example")
    assert uuid.UUID(meta["uuid"]).variant == uuid.RFC_4122
    assert uuid.UUID(meta["uuid"]).version == 8


def test_a_config_drive_has_no_network():
    """It is refused at its place in the spec."""
    with pytest.raises(Refused, match="cannot carry") as refused:
        documents("config-drive-iso", **STATIC)
    assert refused.value.report.problems[0].path == ("masters", 0, "networkConfig")


@pytest.mark.parametrize("kind", ["nocloud", "nocloud-iso"])
def test_ignition_has_no_network(kind):
    """It reads the drive, but nothing but the user-data on it."""
    with pytest.raises(Refused, match="only cloud-config comes with a network") as refused:
        documents(kind, format="ignition", **STATIC)
    assert refused.value.report.problems[0].path == ("masters", 0, "networkConfig")
    assert set(documents(kind, format="ignition")) != set()


@pytest.mark.parametrize("kind", ["nocloud-iso", "config-drive-iso"])
def test_the_identity_is_the_machine_s(kind):
    """It does not change with the spec, nor with secrets: a new one would let cloud-init work on a living master again.

    Each machine has its own.
    """
    (found, one), (changed, _) = made(), made(kubernetesVersion="v1.31.1")
    token = min(cloudgen.needed(one.node), key=str)
    renders = [
        (found, one),
        (changed, render(changed, "master-0")),
        (found, render(found, "master-0", Secrets({token: Secret("x")}))),
        (found, render(found, "master-1")),
    ]
    told = [contents(next(iter(seed(*each, kind).values())), 1 << 24) for each in renders]
    identities = [next(data for name, data in files.items() if re.search("meta.data", name)) for files in told]
    assert len({each.data for _, each in renders}) == 4
    assert identities[0] == identities[1] == identities[2] != identities[3]


@pytest.mark.parametrize("kind", SEEDS)
def test_the_same_bytes(kind):
    """Twice made is the same."""
    assert seed(*made(), kind) == seed(*made(), kind)
