"""The lab's parts, as far as they can be tested without a lab; small files stand for the programs."""

import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from cloudgen.generate import build
from cloudgen.load import load
from cloudgen.source import parse
from tests.judges.shell import script_problems
from tests.lab.parts import cache, downloads, images, prepare
from tests.lab.parts.kubernetes import PROGRAMS
from tests.lab.parts.mirror import Fault, Mirror
from tests.scripts.sandbox import Sandbox

ARCHIVED = {"containerd", "containerd-shim", "containerd-shim-runc-v1", "containerd-shim-runc-v2", "ctr"}
ETCD = {"etcd", "etcdctl", "etcdutl"}


@pytest.fixture
def programs(tmp_path):
    """A small file under the name of each program."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in {*PROGRAMS, *ARCHIVED, *ETCD, "kubectl", "runc"}:
        (folder / name).write_text(f"#!/bin/sh\necho {name}\n")
    return {file.name: file for file in folder.iterdir()}


@pytest.fixture
def mirror(tmp_path, programs):
    """A mirror of all that the lab's machines download."""
    with Mirror(downloads.downloads(tmp_path, programs, prepare.usual())).serving() as serving:
        yield serving


@pytest.fixture
def machine(tmp_path, mirror):
    """A sandbox with the rendered table, whose mirror is this one."""
    sandbox = Sandbox(tmp_path / "root")
    folder = sandbox.root / "usr/bin"
    rows = [row._replace(destination=row.destination.replace("/usr/bin", str(folder))) for row in rendered()]
    moved = [tuple(column.replace("http://10.11.0.1:8080", mirror.url) for column in row) for row in rows]
    sandbox.table("downloads", *moved)
    sandbox.stub("sleep", "")
    return sandbox


def rendered():
    return downloads.rows(prepare.usual())


def test_the_labs_spec_is_valid():
    """Every master of the lab's cluster renders without an error or a warning."""
    spec = load(parse(prepare.SPEC.read_bytes(), prepare.SPEC.name))
    assert [str(problem) for master in spec.masters for problem in build(spec, master.name)[1]] == []


def test_a_rendered_machine_installs_all_from_the_mirror(machine, mirror):
    """The rendered download step finds each file and its checksum on the mirror, verifies it and installs it."""
    code, output = machine.run("download.sh")
    assert code == 0, output
    installed = {file.name for file in (machine.root / "usr/bin").iterdir()}
    assert installed == ARCHIVED | ETCD - {"etcd"} | {"kubelet", "kubectl", "runc", "key-keeper"}
    assert set(mirror.requests) == set(mirror.files)


@pytest.mark.parametrize("fault", [Fault(wrong=True), Fault(cut=3), Fault(status=503)], ids=repr)
def test_a_fault_of_the_mirror_is_named_and_mended_by_a_second_run(machine, mirror, fault):
    """A mirror that lies, cuts or refuses leaves the old state; once it serves, the same step completes."""
    path = next(row.path for row in rendered() if row.name == "runc")
    mirror.faults[path] = fault
    code, output = machine.run("download.sh")
    assert code == 40
    assert "not installed: runc" in output
    assert not (machine.root / "usr/bin/runc").exists()
    del mirror.faults[path]
    code, output = machine.run("download.sh")
    assert code == 0, output


def test_a_fault_may_pass(machine, mirror):
    """A mirror that refuses once is asked again within one run."""
    path = next(row.path for row in rendered() if row.name == "kubelet")
    mirror.faults[path] = Fault(status=503, times=1)
    code, output = machine.run("download.sh")
    assert code == 0, output
    assert mirror.requests[path] == 2


def test_the_stand_in_for_key_keeper_is_one_file(machine):
    """What is installed under key-keeper's name runs by itself, far from this tree."""
    assert machine.run("download.sh")[0] == 0
    argv = [
        sys.executable,
        machine.root / "usr/bin/key-keeper",
        "-config-dir",
        machine.root,
        "-config-regexp",
        "no-such-file",
    ]
    done = subprocess.run(
        argv, capture_output=True, text=True, env={"KEY_KEEPER_ONCE": "1", "PATH": "/usr/bin"}, check=False
    )
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr


def test_images_bear_the_names_that_the_machine_asks_for(tmp_path, programs):
    """There is an image for every static pod and for the pause container, each with its program."""
    node = prepare.usual()
    held = dict(map(opened, images.images(tmp_path, programs, node)))
    assert sorted(held) == images.references(node)
    assert {*PROGRAMS, *ETCD, "pause"} - {"kubelet"} <= set().union(*held.values())


def opened(archive):
    """The reference of a docker-archive, and the names in its layer."""
    with tarfile.open(archive) as tar:
        (entry,) = json.loads(member(tar, "manifest.json"))
        with tarfile.open(fileobj=io.BytesIO(member(tar, entry["Layers"][0]))) as layer:
            return entry["RepoTags"][0], {name.rpartition("/")[2] for name in layer.getnames()}


def member(tar, name):
    stream = tar.extractfile(name)
    assert stream is not None
    return stream.read()


def test_a_part_is_kept_whole_or_not_at_all(tmp_path):
    """A part is made once for the same sources, anew for others, and not kept when its making fails."""
    made = []

    def make(draft):
        made.append(draft)
        draft.write_text("half")
        assert len(made) != 1, "cut off"

    with pytest.raises(AssertionError, match="cut off"):
        cache.kept(tmp_path, "part-*", ["a"], make)
    first = cache.kept(tmp_path, "part-*", ["a"], make)
    assert cache.kept(tmp_path, "part-*", ["a"], make) == first
    assert cache.kept(tmp_path, "part-*", ["b"], make) != first
    assert len(made) == 3


@pytest.mark.judge
def test_shellcheck_has_nothing_to_say():
    """The lab's scripts are static, and held to what the product's are held to."""
    assert script_problems(Path(__file__).parents[1]) == []
