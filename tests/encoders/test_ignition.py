import json
import re
from typing import Any

import pytest
from hypothesis import given

from cloudgen import gz, resources
from cloudgen.assemble import assemble, lower
from cloudgen.encoders import ENCODERS
from cloudgen.encoders.ignition import Ignition
from cloudgen.pieces import Command, Directory, Disk, File, Hostname, Node, Package, Piece, Unit, User
from cloudgen.report import Path, Severity
from cloudgen.secrets import PLACEHOLDERS, Secret, SecretRef, Secrets
from tests.clear import clear, data_of
from tests.nodes import CONTENTS, EVERY_KIND, NASTY, PIECES, sayable

IGNITION = Ignition()
WHOLE, _ = assemble("master-0", (*EVERY_KIND, *NASTY))


def encode(*pieces: Piece, secrets: Secrets = PLACEHOLDERS) -> str:
    node, _ = assemble("m", pieces)
    return IGNITION.encode(node, secrets)


def document(*pieces: Piece) -> Any:
    return json.loads(encode(*pieces))


@given(PIECES)
def test_round_trip(pieces):
    """Whatever a node holds, decoding its text gives the lowered node back, but for its packages."""
    node, _ = assemble("m", pieces)
    text = IGNITION.encode(node, PLACEHOLDERS)
    assert IGNITION.decode(text) == sayable(node, "ignition")
    assert IGNITION.encode(lower(node), PLACEHOLDERS) == text
    assert IGNITION.decode(IGNITION.encode(node, PLACEHOLDERS, packed=True)) == sayable(node, "ignition")


@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("path", ["/a", "/etc/systemd/system/a.service", "/etc/systemd/system/a.service.d/a.conf"])
def test_contents_survive(name, path):
    """Each nasty content comes back byte for byte, whatever it is the content of."""
    content = CONTENTS[name]
    file = File(path=path, content=content)
    assert IGNITION.decode(encode(file)) == sayable(assemble("m", [file])[0], "ignition")
    (entry,) = document(file)["storage"]["files"]
    assert data_of(entry["contents"]) == (content if isinstance(content, bytes) else content.encode())


def test_large_file_survives():
    """A mebibyte of text is no problem."""
    content = "".join(f"line {n} ${{x}}\n" for n in range(70_000))
    node, _ = assemble("m", [File(path="/a", content=content), File(path="/b", content=bytes(1 << 20) + b"\xff")])
    assert IGNITION.decode(IGNITION.encode(node, PLACEHOLDERS)) == lower(node)


def test_golden(golden):
    """One of each kind of piece, to be read."""
    assert clear(encode(*EVERY_KIND)) == golden(name="every-kind.json")


def test_is_in_the_table():
    """The format stands in the table under its name, in its default version."""
    assert isinstance(ENCODERS[IGNITION.name], Ignition)
    assert document()["ignition"] == {"version": "3.4.0"}


@pytest.mark.parametrize("version", IGNITION.versions)
def test_versions_differ_in_their_number_alone(version):
    """What is written is the same in every version."""
    text = IGNITION.of_version(version).encode(WHOLE, PLACEHOLDERS)
    assert text == IGNITION.encode(WHOLE, PLACEHOLDERS).replace('"3.4.0"', f'"{version}"')
    assert IGNITION.decode(text) == sayable(WHOLE, "ignition")


def test_text_is_ascii_and_ends_in_a_newline():
    """Whatever a node holds; and an empty node is a config as well."""
    text = IGNITION.encode(WHOLE, PLACEHOLDERS)
    assert text.isascii()
    assert text.endswith("}\n")
    assert IGNITION.decode(encode()) == Node("")


def test_the_shortest_source_is_taken():
    """Plain, base64 or gzip, and plain where it makes no difference."""
    files = document(
        File(path="/a", content="plain\n"),
        File(path="/b", content=bytes(range(128, 256))),
        File(path="/c", content="long\n" * 500),
        File(path="/d", content=""),
    )["storage"]["files"]
    plain, base64, squeezed, empty = (file["contents"] for file in files)
    assert plain == {"source": "data:,plain%0A"}
    assert base64["source"].startswith("data:;base64,gIGC")
    assert "compression" not in base64
    assert squeezed["compression"] == "gzip"
    assert empty == {"source": "data:,"}


def test_what_will_be_packed_is_left_plain():
    """Nothing is compressed twice: text repeats itself visibly, and only bytes are base64."""
    text = IGNITION.encode(WHOLE, PLACEHOLDERS, packed=True)
    assert "compression" not in text
    sources = {f["path"]: f["contents"]["source"] for f in json.loads(text)["storage"]["files"] if "contents" in f}
    based = {path for path, source in sources.items() if ";base64," in source}
    assert based <= {file.path for file in WHOLE.of(File) if isinstance(file.content, bytes)}
    scripts = ("bootstrap", "common", "download", "pki", "unwrap")
    node, _ = assemble("m", [File(path=f"/{s}", content=resources.text(f"scripts/{s}.sh")) for s in scripts])
    packed, alone = (IGNITION.encode(node, PLACEHOLDERS, packed=packed) for packed in (True, False))
    assert len(gz.squeeze(packed.encode())) < len(gz.squeeze(alone.encode()))


def test_files_say_mode_and_owner():
    """Modes are decimal numbers, root is not named, and a file takes the place of one that the image brings."""
    plain, others = document(
        File(path="/a", content="x", mode=0o4755), File(path="/b", content="x", owner="ops", group="root")
    )["storage"]["files"]
    assert plain == {"path": "/a", "mode": 0o4755, "overwrite": True, "contents": {"source": "data:,x"}}
    assert others["user"] == {"name": "ops"}
    assert "group" not in others


def test_folders_are_never_overwritten():
    """A folder that is there keeps what it holds."""
    assert document(Directory(path="/srv/x", mode=0o700))["storage"] == {
        "directories": [{"path": "/srv/x", "mode": 0o700}]
    }


def test_nothing_is_fetched_and_no_disk_is_touched():
    """No source but data URLs, no filesystems, disks, RAID or LUKS, no kernel arguments."""
    whole = json.loads(IGNITION.encode(WHOLE, PLACEHOLDERS))
    assert set(whole) == {"ignition", "passwd", "storage", "systemd"}
    assert set(whole["storage"]) == {"directories", "files"}
    sources = [
        r["source"] for file in whole["storage"]["files"] for r in [*file.get("append", ()), file.get("contents")] if r
    ]
    assert all(source.startswith("data:") for source in sources)


def test_units_stand_in_clear_text():
    """A unit, its drop-in and that it is enabled are one entry; a text that Ignition could not parse is a file."""
    folder = "/etc/systemd/system"
    made = document(
        Unit(name="a.service", text="[Service]\nExecStart=/bin/true\n", enabled=True),
        File(path=f"{folder}/a.service.d/10-b.conf", content="[Service]\nRestart=no\n"),
        File(path=f"{folder}/b.service.d/10-b.conf", content=f"[Service]\nEnvironment=A={'x' * 2048}\n"),
        File(path=f"{folder}/c.service", content="[Service]\n", mode=0o600),
    )
    (unit,) = made["systemd"]["units"]
    assert unit == {
        "name": "a.service",
        "enabled": True,
        "contents": "[Service]\nExecStart=/bin/true\n",
        "dropins": [{"name": "10-b.conf", "contents": "[Service]\nRestart=no\n"}],
    }
    assert [file["path"] for file in made["storage"]["files"]] == [
        f"{folder}/b.service.d/10-b.conf",
        f"{folder}/c.service",
    ]


def test_commands_are_a_script_of_the_first_boot():
    """In the order of their ranks, ended by the first failure, under a unit that runs them once."""
    made = document(Command(argv=("second", "a b\nc"), rank=2), Command(argv=("first",), rank=1))
    (file,) = made["storage"]["files"]
    assert data_of(file["contents"]).decode() == "#!/bin/sh\nset -e\nfirst\nsecond 'a b\nc'\n"
    (unit,) = made["systemd"]["units"]
    assert unit["name"] == "cloudgen-commands.service"
    assert unit["enabled"] is True
    assert f"ExecStart=/bin/sh {file['path']}\n" in unit["contents"]
    (begun,) = re.findall(r"^ConditionPathExists=!(.+)$", unit["contents"], re.MULTILINE)
    assert f"ExecStartPre=/bin/touch {begun}\n" in unit["contents"]


def test_groups_of_users_are_made_unless_images_bring_them():
    """As cloud-init does; a second group of one name would be the end of the boot."""
    made = document(User(name="a", groups=("sudo", "ops")), User(name="b", groups=("a", "ops")))["passwd"]
    assert made["groups"] == [{"name": "ops"}]
    assert [user["groups"] for user in made["users"]] == [["sudo", "ops"], ["a", "ops"]]


def test_secrets_are_resolved_and_read_back_as_references():
    """A secret is written where its file is; a placeholder is read back as the reference."""
    ref = SecretRef("named", "", "a")
    file = File(path="/a", content=ref, mode=0o600)
    assert "data:,s3cret%0A" in encode(file, secrets=Secrets({ref: Secret("s3cret\n")}))
    assert IGNITION.decode(encode(file)).of(File)[0].content == ref


def test_a_secret_that_is_no_unicode_leaks_nowhere():
    """Even an impossible secret raises no exception that would quote it."""
    ref = SecretRef("named", "", "a")
    text = encode(File(path="/a", content=ref, mode=0o600), secrets=Secrets({ref: Secret("s3cret\ud800" * 9)}))
    assert text.isascii()


DISK = Disk(device="/dev/a", filesystem="ext4", label="etcd", mount="/var/lib/etcd")


def checked(*pieces: Piece, version: str = "3.4.0") -> list[tuple[Severity, Path]]:
    node, _ = assemble("m", pieces)
    return [(p.severity, p.path) for p in IGNITION.of_version(version).check(node)]


def test_check_accepts_what_is_fine():
    """Root's files beside a disk's mount, files of a user that the node creates, an enabled unit."""
    assert checked(DISK, Directory(path="/var/lib/etcd"), File(path="/var/lib/etcd2/a", content="")) == []
    assert checked(User(name="a", groups=("g",)), File(path="/a", content="", owner="a", group="g")) == []
    assert checked(Unit(name="a.service", text="[Install]\n", enabled=True), Unit(name="b.service", enabled=True)) == []
    assert checked(Hostname(name="a"), Command(argv=("a",), rank=1)) == []


def test_check_finds_packages():
    """A package that the user named is an error at its line; those that images mostly bring are one warning."""
    named = Package(name="a", origin=("host", "packages", 0))
    assumed = [Package(name=name, assumed=True) for name in "bc"]
    assert checked(named, *assumed) == [(Severity.ERROR, ("host", "packages", 0)), (Severity.WARNING, ("format",))]


@pytest.mark.parametrize("path", ["/run/a", "/tmp/a/b", "/proc/a", "/var/run/a"])  # noqa: S108 - refused
def test_check_finds_what_would_be_lost(path):
    """Ignition writes before /run and its like are there."""
    assert checked(File(path=path, content="", origin=("f",))) == [(Severity.ERROR, ("f",))]
    assert checked(Directory(path=path, origin=("f",))) == [(Severity.ERROR, ("f",))]


def test_check_finds_special_modes():
    """Only version 3.3.0 cannot say them."""
    file = File(path="/a", content="", mode=0o4755, origin=("f",))
    assert checked(file) == []
    assert checked(file, version="3.3.0") == [(Severity.ERROR, ("f",))]


def test_check_finds_clashes_with_its_own_files():
    """A file that the encoder makes itself has no second author."""
    for path in ("/etc/hostname", "/etc/fstab", "/etc/cloudgen/commands"):
        assert checked(File(path=path, content="", origin=("f",))) == [(Severity.ERROR, ("f",))]


def test_check_finds_units_that_would_never_start():
    """systemctl starts a unit without [Install]; a preset, which is all that Ignition writes, does not."""
    unit = Unit(name="a.service", text="[Service]\nExecStart=/bin/true\n", enabled=True, origin=("units", 0))
    assert checked(unit) == [(Severity.ERROR, ("units", 0))]


def test_check_finds_owners_and_files_below_a_mount():
    """An owner that nobody creates may be the end of the boot; a disk would hide a file."""
    assert checked(File(path="/a", content="", owner="x", origin=("f",))) == [(Severity.WARNING, ("f",))]
    assert checked(DISK, File(path="/var/lib/etcd/a", content="", origin=("f",))) == [(Severity.ERROR, ("f",))]
