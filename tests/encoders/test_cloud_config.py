import base64
import gzip
import json
import os
import subprocess
import textwrap
import time

import pytest
import yaml
from hypothesis import given

from cloudgen.assemble import assemble, lower
from cloudgen.encoders import ENCODERS
from cloudgen.packings import PACKINGS
from cloudgen.pieces import Command, Directory, Disk, File, Hostname, Node, Package, Unit, User
from cloudgen.report import Refused, Severity
from cloudgen.secrets import PLACEHOLDERS, Secret, SecretRef, Secrets
from tests.judges.cloud_init import cloud_inits, schema_problems
from tests.nodes import CONTENTS, EVERY_KIND, NASTY, PIECES

CLOUD_CONFIG = ENCODERS["cloud-config"]
WHOLE, _ = assemble("master-0", (*EVERY_KIND, *NASTY))


def encode(*pieces, secrets=PLACEHOLDERS):
    node, _ = assemble("m", pieces)
    return CLOUD_CONFIG.encode(node, secrets)


def document(*pieces):
    return yaml.safe_load(encode(*pieces))


def decode(body):
    return CLOUD_CONFIG.decode("#cloud-config\n" + textwrap.dedent(body))


def only_file(entry):
    (file,) = decode(json.dumps({"write_files": [{"path": "/a", **entry}]})).of(File)
    return file


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


def test_first_line():
    """The first line is exactly `#cloud-config`, even of an empty node."""
    assert encode().splitlines()[0] == "#cloud-config"
    assert CLOUD_CONFIG.decode(encode()) == Node("")


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
    """runcmd begins with `set -e`, makes directories, starts units without blocking, then runs commands by rank."""
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
        ["systemctl", "enable", "--now", "--no-block", "a.service", "b.service"],
        "# commands",
        ["first"],
        ["second"],
    ]


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


DISK = Disk(device="/dev/a", filesystem="ext4", label="etcd", mount="/var/lib/etcd")


def checked(*pieces):
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


@pytest.mark.judge
def test_schema_of_cloud_init():
    """cloud-init's own schema, in every version at hand, accepts a node with everything in it."""
    assert schema_problems(CLOUD_CONFIG.encode(WHOLE, PLACEHOLDERS)) == []
    assert schema_problems(encode()) == []


@pytest.mark.judge
def test_schema_judge_can_fail():
    """The judge does refuse what is wrong."""
    assert schema_problems("#cloud-config\nwrite_files: [{content: a}]\n")


_PROCESS = """
import json, sys
from cloudinit.helpers import Paths
from cloudinit.user_data import UserDataProcessor
message = UserDataProcessor(Paths({"cloud_dir": sys.argv[1], "run_dir": sys.argv[1]})).process(sys.stdin.buffer.read())
parts = [p for p in message.walk() if not p.is_multipart()]
print(json.dumps([[p.get_content_type(), p.get_payload(decode=True).decode()] for p in parts]))
"""

_WRITE = """
import sys
from cloudinit import util
from cloudinit.config import cc_write_files
files = util.load_yaml(sys.stdin.buffer.read())["write_files"]
for entry in files:
    # The test's own user writes below the test's own folder.
    entry.update(path=sys.argv[1] + entry["path"], owner="none:none")
cc_write_files.write_files("write_files", files, "none:none")
"""

_SHELL = """
import sys
from cloudinit import util
print(util.shellify(util.load_yaml(sys.stdin.buffer.read())["runcmd"]), end="")
"""


def cloud_init_runs(version, program, data, *arguments):
    path = {} if version.root is None else {"PYTHONPATH": str(version.root / "usr/lib/python3/dist-packages")}
    done = subprocess.run(
        ["/usr/bin/python3", "-c", program, *map(str, arguments)],
        input=data,
        env={**os.environ, **path},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@pytest.mark.judge
def test_cloud_init_unpacks_our_mime(tmp_path):
    """cloud-init's own processor finds in our packed bytes one cloud-config part: the text."""
    text = CLOUD_CONFIG.encode(WHOLE, PLACEHOLDERS)
    for version in cloud_inits():
        parts = json.loads(cloud_init_runs(version, _PROCESS, PACKINGS["mime-gzip"].pack(text), tmp_path))
        assert parts == [["text/cloud-config", text]]


@pytest.mark.judge
def test_cloud_init_writes_our_files(tmp_path):
    """cloud-init's own module writes every file with its bytes and its mode, nasty contents included."""
    node = lower(WHOLE)
    for number, version in enumerate(cloud_inits()):
        root = tmp_path / str(number)
        cloud_init_runs(version, _WRITE, CLOUD_CONFIG.encode(node, PLACEHOLDERS).encode(), root)
        for file in node.of(File):
            content = file.content.placeholder() if isinstance(file.content, SecretRef) else file.content
            written = root / file.path[1:]
            assert written.read_bytes() == (content if isinstance(content, bytes) else content.encode())
            assert written.stat().st_mode & 0o7777 == file.mode


@pytest.mark.judge
def test_cloud_init_runs_our_commands():
    """The script that cloud-init makes of our runcmd passes words on exactly, and ends at the first failure."""
    word = "a  'b' \"c\" $HOME `d` \\e\n\u0436 *"
    node = [
        Command(argv=("printf", "%s", word), rank=1),
        Command(argv=("false",), rank=2),
        Command(argv=("echo",), rank=3),
    ]
    for version in cloud_inits():
        script = cloud_init_runs(version, _SHELL, encode(*node).encode())
        done = subprocess.run(["sh"], input=script.encode(), capture_output=True, check=False)
        assert done.stdout.decode() == word
        assert done.returncode == 1
