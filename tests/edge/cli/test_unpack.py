"""`cloudgen unpack`."""

import json
import stat

import pytest

from cloudgen import gz


@pytest.fixture
def user_data(spec, run, tmp_path):
    """The user-data of a machine, as it travels."""
    path = tmp_path / "user-data"
    path.write_bytes(run("render", spec.name, "--out", "-", "--machine", "master-0").stdout_bytes)
    return path


def test_the_listing_tells_modes_and_owners(user_data, run):
    """One row a piece on stdout, and how it was wrapped."""
    result = run("unpack", user_data)
    lines = [line.split() for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert lines[0] == ["MODE", "OWNER", "BYTES", "KIND", "PATH", "OR", "NAME"]
    assert ["0600", "root:root", "secret", "/var/lib/cloudgen/tokens/etcd-ca"] in lines
    assert ["hostname", "master-0-example"] in lines
    assert ["package", "socat"] in lines
    assert result.stdout.endswith("\ncloud-config in gzip in mime\n")


def test_files_are_written_below_the_folder(user_data, run, tmp_path):
    """A tree like the machine's, which its owner alone can read."""
    assert run("unpack", user_data, "--out", "review").exit_code == 0
    review = tmp_path / "review"
    listed = json.loads(run("unpack", user_data, "--json").stdout)["pieces"]
    files = {piece["path"]: piece["mode"] for piece in listed if piece["kind"] in {"file", "secret"}}
    assert {f"/{path.relative_to(review)}" for path in review.rglob("*") if path.is_file()} == set(files)
    assert {stat.S_IMODE(path.stat().st_mode) for path in [review, *review.rglob("*")]} == {0o600, 0o700}
    scripts = [path for path, mode in files.items() if mode == "0755"]
    assert scripts
    assert {stat.S_IMODE((review / path[1:]).stat().st_mode) for path in scripts} == {0o700}


@pytest.mark.parametrize("kind", ["nocloud-iso", "config-drive-iso"])
def test_a_seed_is_read_as_the_user_data_in_it(user_data, spec, run, tmp_path, kind):
    """The same listing, with one layer more; what else is in it is told."""
    assert run("render", spec.name, "--out", "build", "--seed", kind).exit_code == 0
    (seed,) = (tmp_path / "build/example/master-0").glob("*.iso")
    told, plain = run("unpack", seed), run("unpack", user_data)
    assert told.exit_code == 0
    assert told.stdout.splitlines()[:-1] == plain.stdout.splitlines()[:-1]
    assert told.stdout.endswith("\ncloud-config in gzip in mime in iso\n")
    assert "info: the ISO image also holds " in told.stderr


def test_stdin_is_read(user_data, start, tmp_path):
    """`-` takes the bytes of standard input."""
    out = start("unpack", "-", "--json", stdin=user_data.read_bytes(), cwd=tmp_path)
    told = json.loads(out.stdout)
    assert (out.returncode, told["format"], told["layers"]) == (0, "cloud-config", ["mime", "gzip"])


def test_a_folder_with_content_needs_force(user_data, run, tmp_path):
    """What lies there is not mixed up with what boots, unless it is asked for."""
    (tmp_path / "review").mkdir()
    (tmp_path / "review" / "mine").write_text("kept")
    refused = run("unpack", user_data, "--out", "review")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "review is not empty" in refused.stderr
    assert run("unpack", user_data, "--out", "review", "--force").exit_code == 0
    assert (tmp_path / "review" / "mine").read_text() == "kept"


@pytest.mark.parametrize("path", ["/../out", "/etc/../../out", "out", "/a/.."])
def test_nothing_is_written_outside(run, tmp_path, monkeypatch, path):
    """A path that climbs is followed no further than a machine would: its root is the folder."""
    monkeypatch.chdir(tmp_path)
    text = f"#cloud-config\nwrite_files:\n- {{path: {path}, content: x}}\n- {{path: /fine, content: x}}\n"
    result = run("unpack", "-", "--out", "review/deep", input=text)
    assert result.exit_code in {0, 2}
    outside = {found for found in tmp_path.rglob("*") if not found.is_relative_to(tmp_path / "review" / "deep")}
    assert outside <= {tmp_path / "review"}


def test_links_do_not_lead_outside(run, tmp_path, monkeypatch):
    """A link in a folder that is written over is not followed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "review").mkdir()
    (tmp_path / "review" / "etc").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "review" / "file").symlink_to(tmp_path / "elsewhere" / "file")
    for path in ("/etc/x", "/file"):
        text = f"#cloud-config\nwrite_files:\n- {{path: {path}, content: x}}\n"
        assert run("unpack", "-", "--out", "review", "--force", input=text).exit_code == 2
    assert [*(tmp_path / "elsewhere").iterdir()] == []


def test_what_is_no_user_data_is_told(run, tmp_path):
    """Foreign bytes are a problem, not a traceback."""
    (tmp_path / "noise").write_bytes(bytes(range(256)))
    result = run("unpack", tmp_path / "noise")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ")


def test_what_is_too_large_is_told(run, tmp_path):
    """More than user-data ever holds is not read to its end."""
    with (tmp_path / "large").open("wb") as file:
        file.truncate(gz.LIMIT + 10_000_000)
    result = run("unpack", tmp_path / "large")
    assert result.exit_code == 2
    assert "has more than" in result.stderr
