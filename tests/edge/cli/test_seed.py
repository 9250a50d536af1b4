"""`cloudgen render --seed`; `up` has it too."""

import json
import stat
import sys

import pytest

from cloudgen.iso import contents


def inside(path):
    """The files of an image."""
    return contents(path.read_bytes(), 1 << 24)


@pytest.fixture
def networked(spec):
    """The spec with the first master's network in it."""
    text = spec.read_text()
    own = "{name: master-0, address: 10.100.0.10, networkConfig: {ethernets: {eth0: {addresses: [10.100.0.10/24]}}},"
    spec.write_text(text.replace("{name: master-0, address: 10.100.0.10,", own))
    return spec


def test_an_image_beside_each_user_data(spec, run, tmp_path):
    """It holds the user-data beside it, for its owner alone; the table and --json name it."""
    told = json.loads(run("render", spec.name, "--out", "build", "--seed", "nocloud-iso", "--json").stdout)
    assert [row["seed"] for row in told["machines"]] == [f"build/example/master-{n}/nocloud.iso" for n in range(3)]
    for row in told["machines"]:
        assert inside(tmp_path / row["seed"])["user-data"] == (tmp_path / row["path"]).read_bytes()
        assert stat.S_IMODE((tmp_path / row["seed"]).stat().st_mode) == 0o600
    assert told["machines"][1]["hand_over"] == "a CD drive of master-1-example: build/example/master-1/nocloud.iso"
    shown = run("render", spec.name, "--out", "build", "--seed", "config-drive-iso").stdout.splitlines()
    assert shown[1].endswith(" build/example/master-0/config-drive.iso")
    assert shown[-1] == "a CD drive of master-2-example: build/example/master-2/config-drive.iso"
    assert (tmp_path / "build/example/master-0/config-drive.iso").exists()


def test_a_folder_beside_each_user_data(networked, run, tmp_path):
    """Only the machine with a network of its own has one in its seed."""
    assert run("render", networked.name, "--out", "build", "--seed", "nocloud").exit_code == 0
    folders = [tmp_path / "build/example" / f"master-{n}/nocloud" for n in range(2)]
    assert sorted(path.name for path in folders[0].iterdir()) == ["meta-data", "network-config", "user-data"]
    assert sorted(path.name for path in folders[1].iterdir()) == ["meta-data", "user-data"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders[0].iterdir()} == {0o600}


def test_the_network_of_an_earlier_run_is_told(networked, run, tmp_path):
    """Left in the folder, a machine would read it with the new documents."""
    assert run("render", networked.name, "--out", "build", "--seed", "nocloud").exit_code == 0
    text = networked.read_text()
    begin = text.index(", networkConfig")
    networked.write_text(text[:begin] + text[text.index("}}},", begin) + 3 :])
    result = run("render", networked.name, "--out", "build", "--seed", "nocloud")
    assert result.exit_code == 2
    assert "build/example/master-0/nocloud/network-config is of an earlier run" in result.stderr
    (tmp_path / "build/example/master-0/nocloud/network-config").unlink()
    assert run("render", networked.name, "--out", "build", "--seed", "nocloud").exit_code == 0


def test_a_network_without_a_seed_is_a_warning(networked, run):
    """Nothing else carries it; told at its line."""
    result = run("render", networked.name, "--out", "build")
    assert result.exit_code == 0
    assert "warning[$.masters[0].networkConfig]: user-data does not carry this" in result.stderr
    assert "--> cluster.yaml:7:" in result.stderr


def test_a_network_that_no_seed_carries_is_told_without_one(networked, run):
    """The way out is never one that the next command refuses."""
    text = networked.read_text().replace("provider: yandex", "provider: openstack\nformat: ignition")
    networked.write_text(text + "host: {defaultPackages: false}\n")
    result = run("render", networked.name, "--out", "build", "--json")
    (told,) = [p for p in json.loads(result.stdout)["problems"] if p["path"] == "$.masters[0].networkConfig"]
    assert (result.exit_code, told["severity"], told["line"]) == (0, "warning", 8)
    assert told["remedy"] == "leave it out, and write the network's own file under files"
    assert told["message"].startswith("only cloud-config comes with a network")


def test_what_a_seed_cannot_carry_is_told(networked, run, tmp_path):
    """At its line, and nothing is written."""
    result = run("render", networked.name, "--out", "build", "--seed", "config-drive-iso")
    assert result.exit_code == 2
    assert "error[$.masters[0].networkConfig]: a config drive cannot carry this" in result.stderr
    assert not (tmp_path / "build").exists()


def test_stdout_takes_no_seed(spec, run):
    """A fault of the command line."""
    result = run("render", spec.name, "--out", "-", "--machine", "master-0", "--seed", "nocloud")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--seed wants --out DIR" in result.stderr


def test_a_missing_library_is_told(spec, run, monkeypatch, tmp_path):
    """With the name of the extra; nothing is written."""
    monkeypatch.setitem(sys.modules, "pycdlib", None)
    result = run("render", spec.name, "--out", "build", "--seed", "nocloud-iso")
    assert result.exit_code == 2
    assert "pip install 'cloudgen[seed]'" in result.stderr
    assert not (tmp_path / "build").exists()
    assert run("render", spec.name, "--out", "build", "--seed", "nocloud").exit_code == 0


def test_images_are_the_same_on_every_machine(spec, start, tmp_path):
    """Two processes, whatever their hash seed, locale, time zone and folder."""
    made = set()
    for number, zone in enumerate(("UTC", "Asia/Kolkata")):
        environment = {"PYTHONHASHSEED": str(number), "LC_ALL": ("C", "C.UTF-8")[number], "TZ": zone}
        folder = tmp_path / str(number)
        folder.mkdir()
        done = start("render", spec, "--out", "o", "--seed", "nocloud-iso", cwd=folder, **environment)
        assert done.returncode == 0
        made.add((folder / "o/example/master-0/nocloud.iso").read_bytes())
    assert len(made) == 1
