import base64
import gzip
import json
import textwrap
from typing import Any

import pytest

from cloudgen.assemble import assemble
from cloudgen.encoders.cloud_config import CloudConfig
from cloudgen.pieces import Command, Disk, File, Node, Package, Piece, User
from cloudgen.report import Refused
from cloudgen.secrets import PLACEHOLDERS

CLOUD_CONFIG = CloudConfig()


def encode(*pieces: Piece) -> str:
    node, _ = assemble("m", pieces)
    return CLOUD_CONFIG.encode(node, PLACEHOLDERS)


def decode(body: str) -> Node:
    return CLOUD_CONFIG.decode("#cloud-config\n" + textwrap.dedent(body))


def only_file(entry: dict[str, Any]) -> File:
    (file,) = decode(json.dumps({"write_files": [{"path": "/a", **entry}]})).of(File)
    return file


@pytest.mark.parametrize(
    ("entry", "content"),
    [
        ({}, ""),
        ({"content": "a"}, "a"),
        ({"content": "a", "encoding": "text/plain"}, "a"),
        ({"content": "a", "encoding": "unheard-of"}, "a"),
        ({"content": 7}, "7"),
        *[({"content": base64.b64encode(b"a").decode(), "encoding": e}, "a") for e in ("b64", "base64", "B64 ")],
        *[
            ({"content": base64.b64encode(gzip.compress(b"a")).decode(), "encoding": e}, "a")
            for e in ("gz+b64", "gzip+b64", "gz+base64", "gzip+base64")
        ],
    ],
)
def test_foreign_encodings(entry, content):
    """Every encoding that cloud-init knows is read; an unknown one is plain text."""
    assert only_file(entry).content == content


@pytest.mark.parametrize("encoding", ["gz", "gzip"])
def test_foreign_binary(encoding):
    """YAML's own binary, gzipped."""
    data = base64.b64encode(gzip.compress(b"a")).decode()
    node = decode(f"write_files: [{{path: /a, encoding: {encoding}, content: !!binary {data}}}]")
    assert node.of(File)[0].content == "a"


@pytest.mark.parametrize(
    ("permissions", "mode"),
    [(None, 0o644), ("0600", 0o600), ("0o600", 0o600), (420, 0o644), (644, 0o1204), ("x", 0o644), ("9", 0o644)],
)
def test_foreign_permissions(permissions, mode):
    """Modes are read as cloud-init reads them, its traps included."""
    assert only_file({"permissions": permissions}).mode == mode


def test_foreign_shapes():
    """Lists of packages, users of all shapes, appended files and strings of runcmd are understood."""
    node = decode(
        """
        fqdn: a.example
        datasource: {Ec2: {strict_id: false}}
        packages: [a, [b, "1.0"], {apt: [c]}]
        users: [default, x, {name: y, groups: "p, q", sudo: null}, {gecos: nobody}]
        write_files: [{path: etc/a, content: "1"}, {path: /etc/a, content: "2", append: true}, {content: lost}, 7]
        mounts: [[LABEL=d, /d, xfs], [vdb, /x], [swap, null]]
        runcmd: [echo a, null, [ls, 1]]
        """
    )
    assert node.machine == "a.example"
    assert [p.name for p in node.of(Package)] == ["a", "b=1.0", "c"]
    assert [(u.name, u.groups, u.sudo) for u in node.of(User)] == [("x", (), False), ("y", ("p", "q"), False)]
    assert [(f.path, f.content) for f in node.of(File)] == [("/etc/a", "12")]
    assert node.of(Disk) == (Disk(device="/dev/disk/by-label/d", filesystem="xfs", label="d", mount="/d"),)
    assert [c.argv for c in node.of(Command)] == [("sh", "-c", "echo a"), ("ls", "1")]


def test_last_part_replaces():
    """Of two parts, the later one's lists replace the earlier one's, as cloud-init merges by default."""
    one = encode(File(path="/a", content="1"), Package(name="p"))
    two = encode(File(path="/b", content="2"))
    node = CLOUD_CONFIG.decode_merged([one, two])
    assert [f.path for f in node.of(File)] == ["/b"]
    assert node.of(Package)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "#cloud-config-archive\n[]",
        "#cloud-config\n- a",
        "#cloud-config\na: [",
        "#cloud-config\na: 1\n---\nb: 2\n",
        "#cloud-config\na: !!timestamp x",
        "#cloud-config\na: !!int x",
        "#cloud-config\na: 2020-99-99",
        "#cloud-config\n" + "[" * 5000,
        "#cloud-config\n{[a]: b}",
        "#cloud-config\nwrite_files: [{path: /a, encoding: b64, content: a}]",
        "#cloud-config\nwrite_files: [{path: /a, encoding: gz, content: a}]",
        "#cloud-config\nwrite_files: [{path: /a, encoding: gz+b64, content: H4sIAAAA}]",
    ],
)
def test_unusable_texts_are_refused(text):
    """What is no cloud-config is refused without a traceback and without quoting it."""
    with pytest.raises(Refused):
        CLOUD_CONFIG.decode(text)


def test_broken_yaml_names_the_line_and_hides_the_text():
    """A fault in the YAML is told by its line; the text may be a secret."""
    with pytest.raises(Refused, match="line 3") as refused:
        CLOUD_CONFIG.decode("#cloud-config\na: 1\n\ts3cret: x\n")
    assert "s3cret" not in str(refused.value)


def test_aliases_do_not_explode():
    """A few lines of aliases that stand for gigabytes, and a number of thousands of digits, are read as nothing."""
    bomb = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 15))
    number = "0x" + "f" * 5000
    uses = "runcmd: [[*a14]]\nwrite_files: [{path: /a, content: *a14}]\npackages: [[a, *a14], [b, " + number + "]]\n"
    node = CLOUD_CONFIG.decode(f"#cloud-config\na0: &a0 {'x' * 99}\n{bomb}{uses}")
    assert node.of(Command)[0].argv == ("",)
    assert node.of(File)[0].content == ""
    assert [package.name for package in node.of(Package)] == ["a=", "b="]
