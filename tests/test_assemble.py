import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cloudgen.assemble import assemble, lower
from cloudgen.pieces import (
    Command,
    Directory,
    Disk,
    File,
    Hostname,
    KernelModule,
    Package,
    Piece,
    Sysctl,
    TrustedCA,
    Unit,
)
from cloudgen.secrets import SecretRef
from tests.nodes import EVERY_KIND, NASTY, PIECES

REF = SecretRef("named", "", "a")


def told(*pieces: Piece) -> list[str]:
    _, report = assemble("master-0", pieces)
    return [problem.message for problem in report]


@given(PIECES, st.randoms(use_true_random=False))
def test_order_does_not_matter(pieces, randomness: random.Random):
    """Any order of the same pieces gives the same node, before and after lowering."""
    node, report = assemble("m", pieces)
    assume(not any("described twice" in problem.message for problem in report))
    shuffled = randomness.sample(pieces, len(pieces))
    again, _ = assemble("m", shuffled)
    assert again == node
    assert lower(again) == lower(node)


@given(PIECES)
def test_lowering_is_done_once(pieces):
    """A lowered node stays as it is."""
    node, _ = assemble("m", pieces)
    assert lower(lower(node)) == lower(node)


def test_order_is_by_kind_then_name():
    """Pieces stand by kind, then by name; commands by rank as a number."""
    pieces = (
        Command(argv=("b",), rank=10),
        Command(argv=("a",), rank=9),
        Command(argv=("z",), rank=-1),
        Package(name="a"),
        File(path="/b", content=""),
        File(path="/a", content=""),
    )
    node, report = assemble("m", pieces)
    assert not report.problems
    assert [getattr(p, "path", getattr(p, "argv", None)) for p in node.pieces] == [
        "/a",
        "/b",
        None,
        ("z",),
        ("a",),
        ("b",),
    ]


def test_every_kind_and_nasty_contents_are_fine():
    """Nothing is told about good pieces, whatever their contents."""
    assert told(*EVERY_KIND, *NASTY) == []


def test_equal_pieces_merge_silently():
    """The same piece from two origins is there once, and what its users read is united."""
    one = File(path="/a", content="x", origin=("a",), reads=frozenset({"/b"}))
    two = File(path="/a", content=b"x", origin=("b",), reads=frozenset({"/c"}))
    node, report = assemble("m", [one, two, Package(name="p"), Package(name="p")])
    assert not report.problems
    assert len(node.pieces) == 2
    assert [file.reads for file in node.of(File)] == [{"/b", "/c"}]


def test_clash_names_both_origins():
    """Two descriptions of one path are told at the later one, by both origins, without the contents."""
    one = File(path="/a", content="alpha", origin=("files", 0))
    two = File(path="/a", content="beta", origin=("files", 1))
    _, report = assemble("m", [one, two])
    (problem,) = report
    assert problem.path == ("files", 1)
    assert "/a" in problem.message
    assert "$.files[0]" in problem.message
    assert "$.files[1]" in problem.message
    assert "alpha" not in problem.message


def test_clash_of_a_file_with_what_a_unit_becomes():
    """A file at the path of a unit, a module list or a trusted CA is a clash as well."""
    assert told(Unit(name="a.service", text="x"), File(path="/etc/systemd/system/a.service", content="y"))
    assert told(KernelModule(name="a"), File(path="/etc/modules-load.d/k8s.conf", content="y"))
    assert told(
        TrustedCA(name="a", pem="x"),
        File(path="/usr/local/share/ca-certificates/a.crt", content="y"),
    )
    assert told(Hostname(name="a"), Hostname(name="b"))


@pytest.mark.parametrize("path", ["a", "", "/a/../b", "//a", "/a//b", "/a/", "/./a", "/", "/a\0b"])
@pytest.mark.parametrize(
    "make", [lambda p: File(path=p, content=""), lambda p: Disk(device="/d", filesystem="ext4", label="l", mount=p)]
)
def test_bad_paths_are_told(path, make):
    """Paths are absolute, in their shortest form, below the root and without NUL."""
    assert told(make(path))


def test_secret_file_is_private():
    """A file that holds a secret lets neither group nor others do anything."""
    assert told(File(path="/a", content=REF, mode=0o644))
    assert told(File(path="/a", content=REF, mode=0o610))
    assert told(File(path="/a", content=REF, mode=0o600)) == []
    assert told(File(path="/a", content=REF, mode=0o400)) == []


def test_text_like_a_placeholder_is_told():
    """A text that would be read back as a reference is refused: it would dodge the rules for secrets."""
    assert told(File(path="/a", content=REF.placeholder()))


@pytest.mark.parametrize("mode", [-1, 0o10000])
def test_modes_have_four_digits(mode):
    """A mode outside 0000 to 7777 is told."""
    assert told(File(path="/a", content="", mode=mode))
    assert told(Directory(path="/a", mode=mode))


def test_file_is_no_folder():
    """A file cannot be a directory, nor hold other files."""
    assert told(File(path="/a", content=""), Directory(path="/a"))
    assert told(File(path="/a", content=""), File(path="/a/b", content=""))
    assert told(File(path="/a", content=""), Directory(path="/a/b/c"))
    assert told(File(path="/a", content=""), File(path="/ab", content="")) == []


def test_disks_differ():
    """Two disks have neither a label nor a device in common."""
    one = Disk(device="/dev/a", filesystem="ext4", label="x", mount="/a")
    assert told(one, Disk(device="/dev/b", filesystem="ext4", label="x", mount="/b"))
    assert told(one, Disk(device="/dev/a", filesystem="ext4", label="y", mount="/b"))
    assert told(one, Disk(device="/dev/b", filesystem="ext4", label="y", mount="/b")) == []


@pytest.mark.parametrize(
    "disk",
    [
        Disk(device="/dev/a", filesystem="ext4", label="a b", mount="/a"),
        Disk(device="/dev/a", filesystem="ext4", label="", mount="/a"),
        Disk(device="/dev/a", filesystem="ext4", label="a", mount="/a b"),
        Disk(device="/dev/a", filesystem="ext4", label="a" * 17, mount="/a"),
        Disk(device="/dev/a", filesystem="xfs", label="a" * 13, mount="/a"),
    ],
)
def test_disks_fit_into_fstab(disk):
    """White space, nothing at all and labels that mkfs would cut are told."""
    assert told(disk)


def test_impossible_texts_are_told():
    """Half a surrogate pair anywhere, NUL outside of contents and a command without words are told."""
    assert told(File(path="/a", content="\ud800"))
    assert told(Package(name="a\0"))
    assert told(Command(argv=("a", "\udc00"), rank=0))
    assert told(Command(argv=(), rank=0))


def test_lower_leaves_what_every_format_can_say():
    """Units, modules, sysctls and authorities become files; enabled units stay by name; ranks count from 0."""
    node, _ = assemble("master-0", EVERY_KIND)
    lowered = lower(node, trust_file="/trust/{name}.crt")
    assert lowered.machine == "master-0-example"
    assert lowered.of(Unit) == (Unit(name="bootstrap.service", enabled=True), Unit(name="chrony.service", enabled=True))
    assert not lowered.of(KernelModule)
    assert not lowered.of(Sysctl)
    assert [c.rank for c in lowered.of(Command)] == [0, 1]
    contents = {file.path: file.content for file in lowered.of(File)}
    assert contents["/etc/modules-load.d/k8s.conf"] == "br_netfilter\noverlay\n"
    assert contents["/etc/sysctl.d/99-network.conf"] == "net.ipv4.ip_forward=1\n"
    assert {"/trust/example.crt", "/etc/systemd/system/kubelet.service"} <= set(contents)
    assert "/etc/systemd/system/chrony.service" not in contents


def test_lower_keeps_origins():
    """A file that was made of other pieces is told at the place of the first of them."""
    node, _ = assemble("m", [Sysctl(key="b", value="1", origin=("b",)), Sysctl(key="a", value="1", origin=("a",))])
    (file,) = lower(node).pieces
    assert file.origin == ("a",)


@pytest.mark.parametrize("other", [{"enabled": True}, {"after_bootstrap": True}])
def test_who_only_wants_a_unit_started_is_content_with_its_text(other):
    """Of two units one has the text and the other drop-ins, in either order; one that forbids the start is not."""
    whole, bare = Unit(name="a.service", text="x", after_bootstrap=True), Unit(name="a.service", **other)
    for pieces in ((whole, bare), (bare, whole)):
        node, report = assemble("m", pieces)
        assert (node.of(Unit), report.problems) == ((whole,), ())
    assert told(whole, Unit(name="a.service"))
    assert told(Unit(name="a.service", text="x"), bare)
