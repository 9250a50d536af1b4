import subprocess
from pathlib import Path

import pytest

from cloudgen.assemble import assemble, lower
from cloudgen.encoders.ignition import Ignition
from cloudgen.generate import machine_facts
from cloudgen.pieces import Command, Directory, File, Hostname, Node, Piece, Unit, User
from cloudgen.secrets import PLACEHOLDERS
from tests.judges import ignition, systemd
from tests.nodes import CONTENTS, EVERY_KIND, NASTY, bytes_of
from tests.test_examples import built, opened

pytestmark = pytest.mark.judge

IGNITION = Ignition()
UNITS = "/etc/systemd/system"
STARTED = "[Service]\nExecStart=/bin/true\n\n[Install]\nWantedBy=multi-user.target\n"
PIECES: tuple[Piece, ...] = (
    *EVERY_KIND[:6],
    *EVERY_KIND[7:],
    *NASTY,
    Unit(name="bootstrap.service", text=STARTED, enabled=True),
    File(path="/etc/marks", content="".join(map(chr, range(32, 127)))),
    File(path="/etc/plain-marks", content="a/:,=@;!*()?&+-._~" * 3),
    File(path=f"{UNITS}/kubelet.service.d/10-a.conf", content="[Service]\n# it's\nExecStart=\nExecStart=/bin/false\n"),
    File(path="/usr/local/large", content="".join(f"line {n} ${{x}}\n" for n in range(70_000))),
    Directory(path="/etc/systemd", mode=0o750),
)
WHOLE, _ = assemble("master-0", PIECES)


def encode(*pieces: Piece) -> str:
    node, _ = assemble("m", pieces)
    return IGNITION.encode(node, PLACEHOLDERS)


def test_validator():
    """ignition-validate has nothing to say to a node with everything in it, nor to an empty one."""
    assert ignition.problems(IGNITION.encode(WHOLE, PLACEHOLDERS)) == []
    assert ignition.problems(IGNITION.encode(Node("m"), PLACEHOLDERS)) == []


@pytest.mark.parametrize("name", CONTENTS)
def test_validator_takes_any_unit(name):
    """A unit and a drop-in of any content are written in a way that Ignition does not object to."""
    contents = (CONTENTS[name], f"[Service]\n{CONTENTS[name]!s}")
    for content in contents:
        text = encode(
            File(path=f"{UNITS}/a.service", content=content), File(path=f"{UNITS}/b.service.d/a.conf", content=content)
        )
        assert ignition.problems(text) == []


def test_validator_can_fail():
    """The judge does refuse what is wrong, and its warnings are heard."""
    assert ignition.problems('{"ignition": {"version": "3.4.0"}, "storage": {"files": [{"path": "a"}]}}')
    assert ignition.problems('{"ignition": {"version": "3.4.0"}, "strange": 1}')


def test_special_modes_are_refused_in_the_older_version():
    """As `check` says of them."""
    file = File(path="/a", content="x", mode=0o4755)
    text = IGNITION.of_version("3.3.0").encode(assemble("m", [file])[0], PLACEHOLDERS)
    assert ignition.problems(text)
    assert [problem.path for problem in IGNITION.of_version("3.3.0").check(assemble("m", [file])[0])] == [()]


def number(tree: Path, table: str, name: str) -> int:
    """The number of a user or group, in the tree's own tables."""
    if name == "root":
        return 0
    rows = [line.split(":") for line in (tree / "etc" / table).read_text().splitlines()]
    return int(next(row[2] for row in rows if row[0] == name))


def assert_written(tree: Path, node: Node) -> None:
    """Every file and folder is there with its bytes, mode and owner; users, groups, keys and presets too."""
    pieces: tuple[File | Directory, ...] = (*node.of(File), *node.of(Directory))
    for piece in pieces:
        found = (tree / piece.path[1:]).stat()
        assert (piece.path, found.st_mode & 0o7777) == (piece.path, piece.mode)
        assert found.st_uid == number(tree, "passwd", piece.owner)
        assert found.st_gid == number(tree, "group", piece.group)
        if isinstance(piece, File):
            assert (tree / piece.path[1:]).read_bytes() == bytes_of(piece), piece.path
    for user in node.of(User):
        keys = (tree / "home" / user.name / ".ssh/authorized_keys.d/ignition").read_text()
        assert keys == "".join(f"{key}\n" for key in user.ssh_keys)
        members = [line.split(":") for line in (tree / "etc/group").read_text().splitlines()]
        assert {row[0] for row in members if user.name in row[3].split(",")} == set(user.groups)
    sudoers = "".join(f"{user.name} ALL=(ALL) NOPASSWD:ALL\n" for user in node.of(User) if user.sudo)
    assert not sudoers or (tree / "etc/sudoers.d/90-cloudgen").read_text() == sudoers
    assert (tree / "etc/hostname").read_text() == "".join(f"{hostname.name}\n" for hostname in node.of(Hostname))
    presets = (tree / "etc/systemd/system-preset/20-ignition.preset").read_text().splitlines()
    assert set(presets) == {
        f"enable {name}" for name in ("cloudgen-commands.service", *(u.name for u in node.of(Unit)))
    }


def test_the_engine_writes_the_node(tmp_path):
    """The real stages write every file and folder with its bytes, mode and owner; users, groups and presets too."""
    assert_written(ignition.written(IGNITION.encode(WHOLE, PLACEHOLDERS), tmp_path), lower(WHOLE))


@pytest.mark.parametrize(("example", "machine"), [("article", "master-0"), ("full", "alpha"), ("fcos", "master-0")])
@pytest.mark.parametrize("packed", [True, False])
def test_the_engine_writes_a_master(example, machine, packed, tmp_path):
    """The article's, the fullest, and one with a foreign family's folders: whole machines, compressed or not."""
    found = opened(example).spec
    assert found is not None
    node = lower(built(example, machine), machine_facts(found, machine).family.trust_file)
    text = IGNITION.encode(node, PLACEHOLDERS, packed=packed)
    assert_written(ignition.written(text, tmp_path), node)


def test_the_unit_of_the_commands_is_sound(tmp_path):
    """systemd itself has nothing to say to it."""
    tree = ignition.written(encode(Command(argv=("true",), rank=0)), tmp_path)
    assert systemd.unit_problems(tree) == []


def test_the_engine_leaves_what_the_image_brings(tmp_path):
    """fstab keeps its lines and gets one more; nothing but what the node says, users' and Ignition's own is written."""
    tree = ignition.written(IGNITION.encode(WHOLE, PLACEHOLDERS), tmp_path)
    fstab = (tree / "etc/fstab").read_text()
    assert fstab.startswith(Path("/etc/fstab").read_text())
    assert fstab.endswith("LABEL=etcd /var/lib/etcd ext4 defaults,nofail,x-systemd.device-timeout=90s 0 2\n")
    files = {"/" + str(f.relative_to(tree)) for f in tree.rglob("*") if f.is_file() and not f.is_symlink()}
    tables = ("passwd", "shadow", "group", "gshadow", "subuid", "subgid")
    made = {f"/etc/{table}{end}" for table in tables for end in ("", "-")}
    made |= {"/etc/.pwd.lock", "/etc/.ignition-result.json", "/etc/systemd/system-preset/20-ignition.preset"}
    made |= {"/etc/cloudgen/commands", "/etc/hostname", "/etc/fstab", "/etc/sudoers.d/90-cloudgen"}
    made.add(f"{UNITS}/cloudgen-commands.service")
    homes = {path for path in files if path.startswith("/home/")}
    assert files - homes - made == {file.path for file in lower(WHOLE).of(File)}


def test_the_script_runs_the_commands(tmp_path):
    """The script that the engine writes passes words on exactly, and ends at the first failure."""
    word = "a  'b' \"c\" $HOME `d` \\e\n\u0436 *"
    lines = (("printf", "%s", word), ("false",), ("echo", "not reached"))
    commands = [Command(argv=argv, rank=rank) for rank, argv in enumerate(lines)]
    script = ignition.written(encode(*commands), tmp_path) / "etc/cloudgen/commands"
    done = subprocess.run(["sh", script], capture_output=True, check=False)
    assert done.stdout.decode() == word
    assert done.returncode == 1
