"""What user-data is wrapped in, by cloudgen and by others."""

import base64
import gzip
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudgen.assemble import assemble
from cloudgen.encoders import ENCODERS
from cloudgen.iso import image
from cloudgen.packings import PACKINGS
from cloudgen.pieces import File, Package
from cloudgen.report import Refused, Severity
from cloudgen.review.unpack import SCRIPTS, Unpacked, unpack
from cloudgen.secrets import PLACEHOLDERS
from tests.nodes import PIECES, sayable

CONFIG = b"#cloud-config\nwrite_files: [{path: /a, content: b}]\n"


def held(data: bytes) -> dict[str, object]:
    """The files in user-data, by their paths."""
    return {file.path: file.content for file in unpack(data).node.of(File)}


def parts(*held: bytes) -> bytes:
    message = MIMEMultipart()
    for part in held:
        message.attach(MIMEText(part.decode(), "plain", "utf-8"))
    return message.as_bytes()


def source(data: bytes, **more: str) -> dict[str, str]:
    """Where a config is: in a data URL."""
    return {"source": f"data:;base64,{base64.b64encode(data).decode()}", **more}


def wrapper(**config: object) -> bytes:
    """An Ignition config that names others."""
    return json.dumps({"ignition": {"version": "3.3.0", "config": config}}).encode()


def ignition(**files: str) -> bytes:
    """An Ignition config with files."""
    listed = [{"path": f"/{name}", "contents": {"source": f"data:,{text}"}} for name, text in files.items()]
    return json.dumps({"ignition": {"version": "3.3.0"}, "storage": {"files": listed}}).encode()


WRAPS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "gzip": gzip.compress,
    "base64": base64.b64encode,
    "base64 in lines": base64.encodebytes,
    "mime": parts,
    "nocloud-iso": lambda data: image({"user-data": data, "meta-data": b""}, "cidata"),
    "config-drive-iso": lambda data: image({"openstack/latest/user_data": data}, "config-2"),
    "api": lambda data: json.dumps({"server": {"user_data": base64.b64encode(data).decode()}}).encode(),
    "string": lambda data: json.dumps(base64.b64encode(data).decode()).encode(),
    "ignition": lambda data: wrapper(replace=source(data)),
    "data-url": lambda data: b"data:text/plain;base64," + base64.b64encode(data),
}
ANY = sorted(set(WRAPS) - {"mime", "ignition"})
"""Wraps that take any bytes."""


@given(
    PIECES,
    st.sampled_from([*ENCODERS]),
    st.lists(st.sampled_from(ANY), max_size=4),
    st.booleans(),
)
def test_any_nesting_opens(pieces, format_, names, own):
    """However it is wrapped, it is the same node inside."""
    node, _ = assemble("m", pieces)
    data = ENCODERS[format_].encode(node, PLACEHOLDERS).encode()
    first = "mime" if format_ == "cloud-config" else "ignition"
    for wrap in ([first] if own else []) + names:
        data = WRAPS[wrap](data)
    assert unpack(data).node == sayable(node, format_)


@given(st.lists(st.sampled_from(ANY), min_size=1, max_size=3), st.data())
def test_damage_in_any_layer(names, chance):
    """Cut or changed somewhere, it opens or is refused."""
    data = CONFIG
    for wrap in names:
        data = WRAPS[wrap](data)
    place = chance.draw(st.integers(0, len(data) - 1))
    changed = bytearray(data)
    changed[place] = chance.draw(st.integers(0, 255))
    for damaged in (data[:place], bytes(changed)):
        with suppress(Refused):
            assert isinstance(unpack(damaged), Unpacked)


_WORDS = [b'{"ignition": ', b'{"config": ', b'{"replace": ', b'{"source": ', b'"data:;base64,', b'"data:,', b'"', b"}"]
_WORDS += [
    b"## template: jinja\n",
    b"#cloud-config\n",
    b"#cloud-config-archive\n- ",
    b"[",
    b"]",
    b'"merge": ',
    b'"user_data": ',
    b": ",
    b"\n",
    b"{",
]


_NEARLY_ISO = bytes(32769) + b"CD001"


@given(st.lists(st.one_of(st.sampled_from(_WORDS), st.binary(max_size=5))).map(b"".join))
def test_any_bytes(data):
    """Whatever begins like a layer, and goes on otherwise, gives no traceback."""
    for begin in (
        b"",
        b'{"ignition": ',
        b"data:",
        b'{"user_data": "',
        b"## template: jinja\n",
        _NEARLY_ISO,
    ):
        with suppress(Refused):
            unpack(begin + data)


@pytest.mark.parametrize(
    "document",
    [
        {"OS-EXT-SRV-ATTR:user_data": "X", "name": "user_data"},
        {"server": {"user_data": "X"}},
        {"UserData": {"Value": "X"}, "InstanceId": "i-1"},
        {"metadata": {"items": [{"key": "a", "value": "b"}, {"key": "user-data", "value": "X"}]}},
        {"metadata": {"user-data": "X"}, "id": "epd1"},
        {"properties": {"osProfile": {"customData": "X"}}},
        [{"ExtraConfig": [{"key": "guestinfo.userdata", "value": "X"}]}],
        "X",
    ],
    ids=lambda document: json.dumps(document)[:25],
)
def test_fields_of_apis(document):
    """The field is found wherever clouds have it, in base64 or not; other fields are left alone."""
    for text in (CONFIG.decode(), base64.b64encode(gzip.compress(CONFIG)).decode()):
        assert held(json.dumps(document).replace('"X"', json.dumps(text)).encode()) == {"/a": "b"}


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (json.dumps([{"user_data": "a"}, {"user_data": "b"}]).encode(), "of 2 machines"),
        (b'{"name": "a"}', "no user-data"),
        (b'{"user_data": "a', "is none"),
        (b"[" * 100_000, "is none"),
        (b"data:text/plain", "no comma"),
        (b"data:;base64,A", "base64"),
        (image({"meta-data": b""}, "cidata"), "holds no user-data"),
        (image({"user-data": CONFIG}, "cidata")[:-5000], "damaged|early"),
        (bytes(54) + b"FAT16   " + bytes(448) + b"\x55\xaa" + bytes(512), "FAT"),
        (parts(*[CONFIG] * 1001), "more than 1000 parts"),
    ],
)
def test_what_does_not_open_is_told(data, word):
    """By its layer, with something to do about it."""
    with pytest.raises(Refused, match=word) as refused:
        unpack(data)
    assert all(problem.remedy for problem in refused.value.report)


def test_seeds_tell_what_else_they_hold():
    """The documents beside the user-data are named, not opened."""
    unpacked = unpack(image({"user-data": CONFIG, "meta-data": b"a: b\n", "network-config": b""}, "cidata"))
    (problem,) = unpacked.report
    assert (problem.severity, unpacked.layers) == (Severity.INFO, ("iso",))
    assert problem.message == "the ISO image also holds meta-data, network-config"


def test_the_newest_version_of_a_config_drive_counts():
    """Nova writes each; where they differ, that is told."""
    old, new = CONFIG.replace(b"/a", b"/old"), CONFIG
    drive = {"openstack/2012-08-10/user_data": old, "openstack/latest/user_data": new}
    unpacked = unpack(image(drive, "config-2"))
    assert [file.path for file in unpacked.node.of(File)] == ["/a"]
    assert "2012-08-10/user_data differs" in next(iter(unpacked.report)).message
    assert not unpack(image(dict.fromkeys(drive, CONFIG), "config-2")).report.problems


def test_templates_are_read_as_they_are():
    """Cluster API's user-data is a Jinja template, which only the machine fills."""
    text = """\
## template: jinja
#cloud-config

write_files:
-   path: /run/kubeadm/kubeadm.yaml
    owner: root:root
    permissions: '0640'
    content: |
      nodeRegistration:
        name: '{{ ds.meta_data.local_hostname }}'
runcmd:
  - 'kubeadm init --config /run/kubeadm/kubeadm.yaml'
"""
    unpacked = unpack(text.encode())
    assert unpacked.layers == ("jinja",)
    assert "{{ ds.meta_data.local_hostname }}" in str(unpacked.node.file("/run/kubeadm/kubeadm.yaml"))
    assert "Jinja template" in next(iter(unpacked.report)).message


def test_parts_of_terraform():
    """`cloudinit_config` writes header fields in their alphabet's order, lines of CR LF, and gzip in base64 around all.

    (hashicorp/terraform-provider-cloudinit, internal/provider/cloudinit_config.go)
    """
    text = (
        'Content-Type: multipart/mixed; boundary="MIMEBOUNDARY"\nMIME-Version: 1.0\r\n\r\n'
        '--MIMEBOUNDARY\r\nContent-Disposition: attachment; filename="a.cfg"\r\nContent-Transfer-Encoding: 7bit\r\n'
        "Content-Type: text/cloud-config\r\nMime-Version: 1.0\r\n\r\n"
        "#cloud-config\nwrite_files: [{path: /a, content: b}]\n\r\n"
        '--MIMEBOUNDARY\r\nContent-Disposition: attachment; filename="run.sh"\r\nContent-Transfer-Encoding: 7bit\r\n'
        "Content-Type: text/x-shellscript\r\nMime-Version: 1.0\r\nX-Merge-Type: list(append)+dict()\r\n\r\n"
        "echo hello\n\r\n--MIMEBOUNDARY--\r\n"
    )
    data = base64.b64encode(gzip.compress(text.encode()))
    unpacked = unpack(data)
    assert unpacked.layers == ("base64", "gzip", "mime")
    assert {"/a", f"{SCRIPTS}/run.sh"} == held(data).keys()
    assert "how it is merged" in next(iter(unpacked.report)).message


@pytest.mark.parametrize("packing", sorted(set(PACKINGS) - {"ignition-gzip"}))
def test_packings_inside_of_seeds(packing):
    """A seed carries user-data as it is packed."""
    data = PACKINGS[packing].pack(CONFIG.decode())
    assert held(image({"user-data": data}, "cidata")) == {"/a": "b"}


def test_a_config_that_replaces():
    """It takes the place of everything else, which is not read."""
    outer = json.loads(ignition(outer="x"))
    outer["ignition"]["config"] = {"replace": source(gzip.compress(ignition(a="b")), compression="gzip")}
    unpacked = unpack(json.dumps(outer).encode())
    assert [file.path for file in unpacked.node.of(File)] == ["/a"]
    assert unpacked.layers == ("ignition-config", "gzip")
    assert not unpacked.report.problems


def test_configs_that_are_merged():
    """Of two with the same file the later one wins, and both win over what names them."""
    outer = json.loads(ignition(a="outer", b="outer", c="outer"))
    outer["ignition"]["config"] = {"merge": [source(ignition(b="one", c="one")), source(ignition(c="two"))]}
    assert held(json.dumps(outer).encode()) == {"/a": "outer", "/b": "one", "/c": "two"}


def test_configs_that_are_elsewhere_are_told():
    """What a machine would fetch is not fetched here."""
    outer = json.loads(ignition(a="b"))
    outer["ignition"]["config"] = {"merge": [{"source": "https://example.org/more.ign"}]}
    unpacked = unpack(json.dumps(outer).encode())
    (problem,) = unpacked.report
    assert "fetched on the machine only, from 'https://example.org/more.ign'" in problem.message
    with pytest.raises(Refused, match=r"(?s)fetched on the machine only.*nothing that cloudgen can read"):
        unpack(wrapper(replace={"source": "https://example.org/all.ign"}))


def test_gzip_that_ignition_would_not_know():
    """It inflates only what says that it is gzip; what says so without being it is damaged."""
    (problem,) = unpack(wrapper(replace=source(gzip.compress(ignition(a="b"))))).report
    assert "would not inflate" in problem.message
    with pytest.raises(Refused, match="calls itself gzip"):
        unpack(wrapper(replace=source(ignition(a="b"), compression="gzip")))


def test_files_that_are_fetched_are_told():
    """What stands in their place is where they come from."""
    entry = {"path": "/a", "contents": {"source": "https://example.org/a", "verification": {"hash": "sha256-00"}}}
    unpacked = unpack(json.dumps({"ignition": {"version": "3.3.0"}, "storage": {"files": [entry]}}).encode())
    (problem,) = unpacked.report
    assert (problem.severity, problem.message[:23]) == (Severity.INFO, "/a is fetched on the ma")
    assert "https://example.org/a sha256-00" in str(unpacked.node.file("/a"))


def test_archives():
    """A list of parts, typed or not, in the order that cloud-init takes them."""
    text = """\
#cloud-config-archive
- |
  #cloud-config
  write_files: [{path: /a, content: b}]
- {type: text/x-shellscript, filename: ../go.sh, content: "echo a\\n"}
- {type: text/cloud-boothook, content: "#!/bin/sh"}
- {type: text/cloud-config, content: "packages: [curl]"}
- {content: ""}
- 1
"""
    unpacked = unpack(text.encode())
    assert {"/a", f"{SCRIPTS}/_go.sh"} == {file.path for file in unpacked.node.of(File)}
    assert unpacked.node.of(Package) == (Package(name="curl"),)
    assert "text/cloud-boothook is passed over" in next(iter(unpacked.report)).message
    for wrong in ("#cloud-config-archive\n- a\n", "#cloud-config-archive\na: b\n", "#cloud-config-archive\n- [\n"):
        with pytest.raises(Refused):
            unpack(wrong.encode())


def test_an_archive_of_aliases_is_refused():
    """Many parts of one are as large as many."""
    parts = "".join("- *c\n" for _ in range(30))
    with pytest.raises(Refused, match="more than 16"):
        unpack(f"#cloud-config-archive\n- &c '#cloud-config {'x' * 1_000_000}'\n{parts}".encode())
