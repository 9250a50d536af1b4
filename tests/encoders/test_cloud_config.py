import base64
import time
from typing import Any

import pytest
import yaml
from hypothesis import given

from cloudgen.assemble import assemble, lower
from cloudgen.encoders import ENCODERS
from cloudgen.encoders.cloud_config import CloudConfig
from cloudgen.pieces import Command, Directory, Disk, File, Hostname, Node, Piece, Unit, User
from cloudgen.report import Path, Severity
from cloudgen.secrets import PLACEHOLDERS, Secret, SecretRef, Secrets
from tests.nodes import CONTENTS, EVERY_KIND, NASTY, PIECES

CLOUD_CONFIG = CloudConfig()
WHOLE, _ = assemble("master-0", (*EVERY_KIND, *NASTY))


def encode(*pieces: Piece, secrets: Secrets = PLACEHOLDERS) -> str:
    node, _ = assemble("m", pieces)
    return CLOUD_CONFIG.encode(node, secrets)


def document(*pieces: Piece) -> Any:
    return yaml.safe_load(encode(*pieces))


@given(PIECES)
def test_round_trip(pieces):
    """Whatever a node holds, decoding its text gives the lowered node back."""
    node, _ = assemble("m", pieces)
    text = CLOUD_CONFIG.encode(node, PLACEHOLDERS)
    assert CLOUD_CONFIG.decode(text) == lower(node)
    assert CLOUD_CONFIG.encode(lower(node), PLACEHOLDERS) == text


@pytest.mark.parametrize("name", CONTENTS)
def test_contents_survive_both_yaml_readers(name):
    """Each nasty content survives PyYAML's own parser, which cloud-init uses, and libyaml's."""
    content = CONTENTS[name]
    text = encode(File(path="/a", content=content))
    for loader in (yaml.SafeLoader, yaml.CSafeLoader):
        (entry,) = yaml.load(text, Loader=loader)["write_files"]  # noqa: S506 - both are safe loaders
        data = entry["content"].encode()
        expected = content if isinstance(content, bytes) else content.encode()
        assert (base64.b64decode(data) if "encoding" in entry else data) == expected


def test_large_file_survives():
    """A mebibyte of text is no problem."""
    content = "".join(f"line {n} ${{x}}\n" for n in range(70_000))
    assert len(content) > 1 << 20
    node, _ = assemble("m", [File(path="/a", content=content)])
    assert CLOUD_CONFIG.decode(CLOUD_CONFIG.encode(node, PLACEHOLDERS)) == lower(node)


def test_golden(golden):
    """One of each kind of piece, to be read."""
    assert encode(*EVERY_KIND) == golden(name="every-kind.yaml")


def test_is_in_the_table():
    """The format stands in the table under its name."""
    assert isinstance(ENCODERS[CLOUD_CONFIG.name], CloudConfig)


def test_first_line():
    """The first line is exactly `#cloud-config`, even of an empty node."""
    assert encode().splitlines()[0] == "#cloud-config"
    assert CLOUD_CONFIG.decode(encode()) == Node("")


def test_text_is_ascii():
    """Whatever a node holds, its text is ASCII: cloud-init spoils the rest in gzipped parts of MIME."""
    assert CLOUD_CONFIG.encode(WHOLE, PLACEHOLDERS).isascii()
    assert encode(User(name="a", ssh_keys=("ssh-ed25519 AAAA \u0436",)), Command(argv=("\u00fc",), rank=1)).isascii()


def test_readable_text_is_a_literal_block():
    """Ordinary text is written as it is, for people to read."""
    assert "  content: |\n    a: ${B}\n      b\n" in encode(File(path="/a", content="a: ${B}\n  b\n"))


def test_files_say_mode_and_owner():
    """Modes are quoted octal texts, root is named, and other owners wait until users exist."""
    plain, others = document(
        File(path="/a", content="x", mode=0o4755), File(path="/b", content="x", owner="ops", group="root")
    )["write_files"]
    assert plain == {"path": "/a", "permissions": "4755", "owner": "root:root", "content": "x"}
    assert others["defer"] is True
    assert others["owner"] == "ops:root"


def test_no_dangerous_words():
    """Nothing is downloaded by cloud-init, no disk is formatted or partitioned by it, the default user stays."""
    whole = yaml.safe_load(CLOUD_CONFIG.encode(WHOLE, PLACEHOLDERS))
    assert not {"disk_setup", "fs_setup", "bootcmd"} & set(whole)
    assert all("source" not in entry for entry in whole["write_files"])
    assert whole["users"][0] == "default"
    assert all("nofail" in mount[3] for mount in whole["mounts"])


def test_absent_things_leave_no_keys():
    """A node of one file has one key: no empty lists, no package update."""
    assert set(document(File(path="/a", content=""))) == {"write_files"}


def test_runcmd_stops_at_failure_and_waits_for_nothing():
    """runcmd begins with `set -e`, makes directories, starts units without blocking, then runs commands by rank.

    A unit whose file travels is not enabled together with one that a package may have failed to bring.
    """
    lines = document(
        Command(argv=("second",), rank=2),
        Command(argv=("first",), rank=1),
        Unit(name="b.service", enabled=True),
        Unit(name="a.service", text="x", enabled=True),
        Unit(name="later.service", text="x", after_bootstrap=True),
        Directory(path="/srv/x", mode=0o700),
    )["runcmd"]
    assert lines == [
        "set -e",
        ["install", "-d", "-m", "0700", "-o", "root", "-g", "root", "/srv/x"],
        ["systemctl", "daemon-reload"],
        ["systemctl", "enable", "--now", "--no-block", "a.service"],
        ["systemctl", "enable", "--now", "--no-block", "b.service"],
        "# commands",
        ["first"],
        ["second"],
    ]


def test_the_hosts_file_is_left_alone():
    """An image that has it rewritten at every boot would lose the names that the bootstrap put there."""
    assert document(Hostname(name="a"))["manage_etc_hosts"] is False


def test_hostname_with_dots_stays_whole():
    """A name with dots is not cut at the first one."""
    assert document(Hostname(name="a.b"))["prefer_fqdn_over_hostname"] is True
    assert "prefer_fqdn_over_hostname" not in document(Hostname(name="a"))


def test_secrets_are_resolved_and_read_back_as_references():
    """A secret is written where its file is; a placeholder is read back as the reference."""
    ref = SecretRef("named", "", "a")
    file = File(path="/a", content=ref, mode=0o600)
    assert "s3cret" in encode(file, secrets=Secrets({ref: Secret("s3cret\n")}))
    assert CLOUD_CONFIG.decode(encode(file)).of(File)[0].content == ref


def test_a_secret_that_is_no_unicode_leaks_nowhere():
    """Even an impossible secret raises no exception that would quote it."""
    ref = SecretRef("named", "", "a")
    text = encode(File(path="/a", content=ref, mode=0o600), secrets=Secrets({ref: Secret("s3cret\ud800")}))
    assert "s3cret" not in text


DISK = Disk(device="/dev/a", filesystem="ext4", label="etcd", mount="/var/lib/etcd")


def checked(*pieces: Piece) -> list[tuple[Severity, Path]]:
    node, _ = assemble("m", pieces)
    return [(p.severity, p.path) for p in CLOUD_CONFIG.check(node)]


def test_check_accepts_what_is_fine():
    """Root's files beside a disk's mount, and files of a user that the node creates, are fine."""
    assert checked(DISK, Directory(path="/var/lib/etcd"), File(path="/var/lib/etcd2/a", content="")) == []
    assert checked(User(name="a", groups=("g",)), File(path="/a", content="", owner="a", group="g")) == []


def test_check_finds_files_below_a_mount():
    """A file or folder that a disk would hide is an error at its origin."""
    file = File(path="/var/lib/etcd/a/b", content="", origin=("files", 0))
    assert checked(DISK, file) == [(Severity.ERROR, ("files", 0))]
    assert checked(DISK, Directory(path="/var/lib/etcd/member"))


def test_check_finds_owners():
    """An owner that nobody creates is a warning; one by number is an error: cloud-init looks up names."""
    assert checked(File(path="/a", content="", owner="x", origin=("f",))) == [(Severity.WARNING, ("f",))]
    assert checked(Directory(path="/a", group="x")) == [(Severity.WARNING, ())]
    assert checked(File(path="/a", content="", owner="1000")) == [(Severity.ERROR, ())]


def test_speed():
    """A node of 45 files and 70 KB is encoded within a few milliseconds, a slow machine included."""
    body = "    - --some-flag=some-value # of some length $HOME\n" * 31
    node, _ = assemble("m", [File(path=f"/etc/{n}", content=f"a{n}:\n{body}") for n in range(45)])
    took = []
    for _ in range(5):
        began = time.perf_counter()
        CLOUD_CONFIG.encode(node, PLACEHOLDERS)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.03
