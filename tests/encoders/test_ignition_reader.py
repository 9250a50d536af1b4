import base64
import gzip
import json
from typing import Any

import pytest

from cloudgen.encoders.ignition import Ignition
from cloudgen.pieces import Directory, Disk, File, Node, Unit, User
from cloudgen.report import Refused

IGNITION = Ignition()


def decode(version: str = "3.2.0", **sections: Any) -> Node:
    return IGNITION.decode(json.dumps({"ignition": {"version": version}, **sections}))


def only_file(**entry: Any) -> File:
    (file,) = decode(storage={"files": [{"path": "/a", **entry}]}).of(File)
    return file


@pytest.mark.parametrize(
    ("contents", "content"),
    [
        (None, ""),
        ({}, ""),
        ({"source": ""}, ""),
        ({"source": "data:,a%20b+c"}, "a b+c"),
        ({"source": "data:text/plain;charset=utf-8,a"}, "a"),
        ({"source": "data:text/plain;charset=utf-8;base64,YQ=="}, "a"),
        ({"source": f"data:;base64,{base64.b64encode(gzip.compress(b'a')).decode()}", "compression": "gzip"}, "a"),
        ({"source": "data:,%ff"}, b"\xff"),
        ({"source": "https://example.org/a"}, "cloudgen: fetched from https://example.org/a"),
        (
            {"source": "https://example.org/a", "verification": {"hash": "sha512-00"}},
            "cloudgen: fetched from https://example.org/a sha512-00",
        ),
    ],
)
def test_foreign_sources(contents, content):
    """Every form of a data URL is read; of a source that lies elsewhere the node says where."""
    assert only_file(contents=contents).content == content


def test_foreign_modes_and_owners():
    """Ignition's defaults, names before numbers, and number 0 is root."""
    assert (only_file().mode, only_file().owner) == (0o644, "root")
    assert only_file(mode=0o600, user={"id": 0}, group={"id": 500}) == File(
        path="/a", content="", mode=0o600, group="500"
    )
    assert only_file(user={"name": "core", "id": 500}).owner == "core"
    assert decode(storage={"directories": [{"path": "/b"}]}).of(Directory) == (Directory(path="/b"),)


def test_foreign_appended_files():
    """What is appended comes after the contents."""
    assert (
        only_file(contents={"source": "data:,a"}, append=[{"source": "data:,b"}, {"source": "data:,c"}]).content
        == "abc"
    )


def test_foreign_units_users_and_filesystems():
    """Masked units, links and keys that cloudgen never writes are passed over."""
    node = decode(
        passwd={"users": [{"name": "core", "sshAuthorizedKeys": ["ssh-ed25519 AAAA"], "uid": 7}, {"shell": "/bin/sh"}]},
        storage={
            "links": [{"path": "/a", "target": "/b"}],
            "filesystems": [
                {"device": "/dev/a", "format": "xfs", "label": "data", "path": "/srv", "wipeFilesystem": True},
                {"device": "/dev/b", "format": "swap"},
            ],
        },
        systemd={"units": [{"name": "a.service", "mask": True}, {"name": "b.service", "enabled": True}, 7]},
        kernelArguments={"shouldExist": ["a"]},
    )
    assert node.pieces == (
        Unit(name="b.service", enabled=True),
        User(name="core", ssh_keys=("ssh-ed25519 AAAA",)),
        Disk(device="/dev/a", filesystem="xfs", label="data", mount="/srv"),
    )


def test_recognises():
    """JSON that speaks of Ignition, and nothing else."""
    assert IGNITION.recognises('{"ignition":{"version":"3.0.0"}}')
    assert IGNITION.recognises('\n {"systemd": {}, "ignition": {"version": "3.0.0"}}')
    assert not IGNITION.recognises('{"a": "b"}')
    assert not IGNITION.recognises("#cloud-config\nignition: a\n")


@pytest.mark.parametrize("version", ["2.3.0", "4.0.0", "", "3", "3.4.0 "])
def test_other_specifications_are_refused(version):
    """Only the specifications 3.x are read."""
    with pytest.raises(Refused, match=r"specification 3\.x"):
        decode(version)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "s3cret",
        '{"ignition": "s3cret"',
        "[" * 100_000,
        '["s3cret"]',
        '{"ignition": ["s3cret"]}',
        '{"ignition": {"version": "3.0.0"}, "storage": {"files": [{"contents": {"source": "data:;base64,s3cret!"}}]}}',
        json.dumps(
            {
                "ignition": {"version": "3.0.0"},
                "storage": {"files": [{"contents": {"source": "data:,s3cret", "compression": "gzip"}}]},
            }
        ),
    ],
)
def test_damage_is_refused_without_quoting_it(text):
    """A damaged config is told in words that hold none of it."""
    with pytest.raises(Refused) as refusal:
        IGNITION.decode(text)
    assert "s3cret" not in str(refusal.value)


def test_any_shape_is_read():
    """Wrong shapes are passed over, never a crash."""
    values: tuple[Any, ...] = (
        None,
        7,
        "a",
        [],
        [None, 7, "a", []],
        {"a": 1},
        {"files": {"a": 1}},
        {"files": [{"path": 7, "mode": "a"}]},
    )
    for value in values:
        assert isinstance(decode(passwd=value, storage=value, systemd=value), Node)
