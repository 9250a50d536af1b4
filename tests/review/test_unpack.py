import base64
import gzip
import json
import time
from contextlib import suppress
from email.mime.application import MIMEApplication
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudgen import gz
from cloudgen.assemble import assemble, lower
from cloudgen.encoders import ENCODERS
from cloudgen.packing import carried
from cloudgen.packings import PACKINGS
from cloudgen.pieces import File, Package, Piece, User
from cloudgen.report import Refused
from cloudgen.review.unpack import SCRIPTS, Unpacked, unpack
from cloudgen.secrets import PLACEHOLDERS
from tests.nodes import EVERY_KIND, NASTY, PIECES, sayable

NODE, _ = assemble("m", (*EVERY_KIND, *NASTY))
TEXT = ENCODERS["cloud-config"].encode(NODE, PLACEHOLDERS)
PACKED = PACKINGS["mime-gzip"].pack(TEXT)
PAIRS = [(f, name) for f in ENCODERS for name, packing in PACKINGS.items() if carried(packing, f)]
"""Formats, and packings that carry them."""


def config(*pieces: Piece) -> str:
    node, _ = assemble("m", pieces)
    return ENCODERS["cloud-config"].encode(node, PLACEHOLDERS)


def mime(*parts: MIMEBase) -> bytes:
    message = MIMEMultipart()
    for part in parts:
        message.attach(part)
    return message.as_bytes()


@given(PIECES, st.sampled_from(PAIRS), st.booleans())
def test_packed_nodes_come_back(pieces, pair, hard):
    """Whatever is encoded and packed is unpacked to the same node, as far as its format can say it."""
    format_, packing = pair
    node, _ = assemble("m", pieces)
    unpacked = unpack(PACKINGS[packing].pack(ENCODERS[format_].encode(node, PLACEHOLDERS), hard=hard))
    assert unpacked.node == sayable(node, format_)
    assert unpacked.format == format_
    assert not unpacked.report.problems


@pytest.mark.parametrize("pair", PAIRS, ids=" in ".join)
def test_packed_contents_come_back(pair):
    """Each nasty content, and a mebibyte of text and of bytes."""
    format_, packing = pair
    large = (File(path="/t", content="line ${x}\n" * 104_858), File(path="/b", content=bytes(1 << 20) + b"\xff"))
    node, _ = assemble("m", (*EVERY_KIND, *NASTY, *large))
    packed = PACKINGS[packing].pack(ENCODERS[format_].encode(node, PLACEHOLDERS))
    assert unpack(packed).node == sayable(node, format_)


@pytest.mark.parametrize(
    ("wrap", "layers"),
    [
        (lambda d: d, ()),
        (lambda _: PACKED, ("mime", "gzip")),
        (gzip.compress, ("gzip",)),
        (base64.b64encode, ("base64",)),
        (lambda d: base64.encodebytes(base64.b64encode(gzip.compress(d))), ("base64", "base64", "gzip")),
        (lambda d: gzip.compress(PACKINGS["mime-gzip"].pack(d.decode())), ("gzip", "mime", "gzip")),
        (lambda d: mime(MIMEText(d.decode(), "cloud-config", "utf-8")), ("mime",)),
        (
            lambda d: mime(MIMEApplication(base64.b64encode(gzip.compress(d)), "octet-stream")),
            ("mime", "base64", "gzip"),
        ),
        (lambda d: b"\xef\xbb\xbf" + d, ()),
        (lambda _: PACKED.replace(b"\n", b"\r\n"), ("mime", "gzip")),
    ],
)
def test_layers(wrap, layers):
    """Any nesting is opened, and its layers are told from the outside in."""
    unpacked = unpack(wrap(TEXT.encode()))
    assert (unpacked.node, unpacked.format, unpacked.layers) == (lower(NODE), "cloud-config", layers)
    assert not unpacked.report.problems


def test_last_cloud_config_replaces():
    """Of several parts the last one's lists replace the others', as cloud-init merges."""
    one = MIMEText(config(File(path="/a", content=""), Package(name="p")), "cloud-config")
    two = MIMEText(config(File(path="/b", content="")), "cloud-config")
    node = unpack(mime(one, two)).node
    assert [file.path for file in node.of(File)] == ["/b"]
    assert node.of(Package)


def test_typed_part_needs_no_first_line():
    """A part of the type text/cloud-config is one, whatever its first line."""
    node = unpack(mime(MIMEText("packages: [a]\n", "cloud-config"))).node
    assert node.of(Package) == (Package(name="a"),)


def test_scripts_become_files():
    """A shell script in a part of its own stands where cloud-init puts it."""
    script = MIMEText("#!/bin/sh\necho a\n", "x-shellscript")
    script.add_header("Content-Disposition", "attachment", filename="../go.sh")
    node = unpack(
        mime(
            MIMEText(config(File(path="/a", content="")), "cloud-config"),
            script,
            MIMEText("#!/bin/sh\n", "x-shellscript"),
        )
    ).node
    assert [(f.path, f.mode) for f in node.of(File)] == [
        ("/a", 0o644),
        (f"{SCRIPTS}/_go.sh", 0o700),
        (f"{SCRIPTS}/part-003", 0o700),
    ]


def test_script_alone():
    """User-data that is a mere script is a node of that file."""
    unpacked = unpack(b"#!/bin/sh\necho a\n")
    assert unpacked.format == "shellscript"
    assert [file.content for file in unpacked.node.of(File)] == ["#!/bin/sh\necho a\n"]


def test_other_parts_are_told():
    """What cloud-init would work on by itself is passed over, not silently."""
    unpacked = unpack(
        mime(
            MIMEText(config(File(path="/a", content=""))),
            MIMEText("#include\nhttps://example.com/x\n", "x-include-url"),
        )
    )
    (problem,) = unpacked.report
    assert "x-include-url" in problem.message


def test_missing_end_is_told():
    """A MIME message without its closing boundary is read, with a warning."""
    unpacked = unpack(PACKED.removesuffix(b"--cloudgen--\n"))
    assert unpacked.node == lower(NODE)
    assert "closing boundary" in next(iter(unpacked.report)).message


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "nothing|neither"),
        (b"hello", "neither"),
        (b"\xff\xfe\0\0", "neither"),
        (PACKED[: len(PACKED) // 2], "gzip|base64"),
        (gzip.compress(b"#cloud-config\n", mtime=0)[:-3], "gzip"),
        (base64.b64encode(gzip.compress(TEXT.encode(), mtime=0))[:-1], "base64"),
        (base64.b64encode(b"hello, who is there?"), "base64"),
        (PACKED.replace(b"application/gzip", b"application/gzop").replace(b"H4sI", b"ABCD"), "neither"),
        (mime(MIMEApplication(b"\x1f\x8c...............", "gzip")), "damaged"),
        (gz.squeeze(bytes(20_000_000)), "inflates"),
        (bytes(20_000_000), "no user-data"),
        (b"#include https://example.com\n", "nothing"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/mixed\n\n", "nothing"),
    ],
)
def test_damage_is_refused_by_layer(data, word):
    """What cannot be read is refused, by the layer that is damaged, with something to do about it."""
    with pytest.raises(Refused, match=word) as refused:
        unpack(data)
    assert all(problem.remedy for problem in refused.value.report)


def test_endless_wrapping_is_refused():
    """Layers have an end."""
    data = TEXT.encode()
    for _ in range(12):
        data = gz.squeeze(data)
    with pytest.raises(Refused, match="more than 10 times"):
        unpack(data)


def test_bomb_of_many_parts_is_refused():
    """The bound holds for all parts together."""
    bomb = gz.squeeze(b"#cloud-config\n" + b"#" * 5_000_000)
    with pytest.raises(Refused, match="inflates"):
        unpack(mime(*[MIMEApplication(bomb, "gzip")] * 5))


SMALL_BOMB = base64.b64encode(gz.squeeze(bytes(1_000_000))).decode()
FILES = "".join(f"- {{path: /{n}, encoding: gz+b64, content: *c}}\n" for n in range(50))
ALIASES = "".join(f"- {{path: /{n}, content: *c}}\n" for n in range(50))
IGNITION_FILES = [
    {"path": f"/{n}", "contents": {"compression": "gzip", "source": f"data:;base64,{SMALL_BOMB}"}} for n in range(50)
]


@pytest.mark.parametrize(
    "text",
    [
        f"#cloud-config\nc: &c {SMALL_BOMB}\nwrite_files:\n{FILES}",
        f"#cloud-config\nc: &c {'x' * 1_000_000}\nwrite_files:\n{ALIASES}",
        json.dumps({"ignition": {"version": "3.3.0"}, "storage": {"files": IGNITION_FILES}}),
    ],
    ids=["gz+b64", "aliases", "ignition"],
)
def test_bomb_of_many_files_is_refused(text):
    """The bound holds for all files together."""
    with pytest.raises(Refused, match=r"inflates to more|become more"):
        unpack(text.encode())


KEYS = f"k: &k [{'a,' * 1000}]\n"
MANY = "".join(f"- {{name: u{n}, ssh_authorized_keys: *k, groups: *k}}\n" for n in range(60))
MERGED = f"k: &k {{{','.join(f'k{n}: 1' for n in range(1000))}}}\n" + "".join(f"k{n}: {{<<: *k}}\n" for n in range(120))
EMPTY = base64.b64encode(gz.squeeze(b"") + bytes(1_000_000)).decode()


def commands_of(script: str) -> str:
    """An Ignition config whose commands are such a script."""
    file = {"path": "/etc/cloudgen/commands", "contents": {"source": f"data:,{script}"}}
    return json.dumps({"ignition": {"version": "3.3.0"}, "storage": {"files": [file]}})


@pytest.mark.parametrize(
    "text",
    [
        f"#cloud-config\nruncmd: [{'a,' * 110_000}]\n",
        f"#cloud-config\n{KEYS}users:\n{MANY}",
        f"#cloud-config\n{KEYS}runcmd:\n{'- *k' + chr(10)}{('- *k' + chr(10)) * 110}",
        f"#cloud-config\n{MERGED}",
        f"#cloud-config-archive\n[{'a,' * 110_000}]\n",
        commands_of("a%0a" * 110_000),
    ],
    ids=["values", "words-of-users", "words-of-commands", "merge-keys", "archive", "ignition-commands"],
)
def test_bomb_of_many_values_is_refused(text):
    """A few kilobytes, packed, do not become minutes and gigabytes."""
    with pytest.raises(Refused, match="more than 100,000 values"):
        unpack(gz.squeeze(text.encode()))


def test_bomb_of_nothing_is_refused():
    """What inflates to nothing takes time as well, each time that an alias names it."""
    files = "".join(f"- {{path: /{n}, encoding: gz+b64, content: *c}}\n" for n in range(20))
    with pytest.raises(Refused, match="become more"):
        unpack(f"#cloud-config\nc: &c {EMPTY}\nwrite_files:\n{files}".encode())


def test_a_user_is_looked_up_once():
    """Among the lines of sudoers, not by reading them all for each user."""
    users = [{"name": f"u{n}"} for n in range(3000)]
    sudoers = {"path": "/etc/sudoers.d/90-cloudgen", "contents": {"source": "data:," + "x%0a" * 1_000_000}}
    document = {"ignition": {"version": "3.3.0"}, "passwd": {"users": users}, "storage": {"files": [sudoers]}}
    before = time.process_time()
    assert len(unpack(json.dumps(document).encode()).node.of(User)) == len(users)
    assert time.process_time() - before < 20


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("MIME-Version: 1.0\nContent-Type: text/plain; " + "a=b; " * 10_000, "header"),
        ('MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n' + "--b\n\n" * 1100, "1000 parts"),
    ],
    ids=["header", "parts"],
)
def test_bomb_of_mime_is_refused(text, word):
    """Before the library reads it for hours, or makes an object of each empty part."""
    with pytest.raises(Refused, match=word):
        unpack(text.encode())


def test_bomb_of_configs_elsewhere_is_refused():
    """Each would be a warning."""
    merge = [{"source": f"https://a/{n}"} for n in range(1100)]
    with pytest.raises(Refused, match="1000 parts"):
        unpack(json.dumps({"ignition": {"version": "3.3.0", "config": {"merge": merge}}}).encode())


def survives(data: bytes) -> Unpacked | None:
    """What was unpacked, or None where it was refused; any other exception fails the test."""
    with suppress(Refused):
        return unpack(data)
    return None


_PIECES_OF_DATA = [
    b"#cloud-config\n",
    b"Content-Type: ",
    b"multipart/mixed; boundary=a\n\n",
    b"--a\n",
    b"--a--\n",
    b"write_files:\n- ",
    b"path: /a\n",
    b"\n",
]
_JOINED = st.lists(st.one_of(st.sampled_from(_PIECES_OF_DATA), st.binary(max_size=9))).map(b"".join)


@given(st.one_of(st.binary(), _JOINED))
def test_any_bytes(data):
    """Arbitrary bytes never give a traceback."""
    survives(data)
    survives(b"#cloud-config\n" + data)
    survives(b"Content-Type: multipart/mixed; boundary=a\n\n--a\n" + data)
    survives(gz.squeeze(data))


@given(st.data(), st.sampled_from([PACKED, gz.squeeze(TEXT.encode()), base64.b64encode(TEXT.encode())]))
def test_flipped_and_cut(data, packed):
    """Truncated and bit-flipped data never gives a traceback; what a checksum covers is right or refused."""
    survives(packed[: data.draw(st.integers(0, len(packed)))])
    place, bit = data.draw(st.integers(0, len(packed) - 1)), data.draw(st.integers(0, 7))
    flipped = bytearray(packed)
    flipped[place] ^= 1 << bit
    result = survives(bytes(flipped))
    if result is not None and "gzip" in result.layers:
        assert result.node == lower(NODE)
