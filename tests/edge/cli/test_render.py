"""`cloudgen render`."""

import json
import re
import shlex
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cloudgen.generate import Rendered, render
from cloudgen.load import load
from cloudgen.secrets import BOOTSTRAP_TOKEN, SecretRef
from cloudgen.source import parse

MACHINES = ("master-0", "master-1", "master-2")


def rendered(spec: Path, machine: str) -> Rendered:
    return render(load(parse(spec.read_bytes(), "cluster.yaml")), machine)


def left(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_every_machine_gets_a_file(spec, run, tmp_path):
    """DIR/<cluster>/<machine>/user-data holds exactly what the pure function gives, for its owner alone."""
    result = run("render", spec.name, "--out", "build")
    assert result.exit_code == 0
    for machine in MACHINES:
        path = tmp_path / "build" / "example" / machine / "user-data"
        assert path.read_bytes() == rendered(spec, machine).data
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(left(tmp_path / "build")) == 1 + 2 * len(MACHINES)


def test_the_table_says_what_was_written(spec, run):
    """One row a machine: size, limit, share, packing, fingerprint and path."""
    shown = run("render", spec.name, "--out", "build").stdout.partition("\n\n")[0]
    head, *rows = shown.splitlines()
    assert head.split() == ["MACHINE", "SIZE", "LIMIT", "SHARE", "PACKING", "FINGERPRINT", "PATH"]
    made = rendered(spec, "master-0")
    share = f"{100 * made.size / 262144:.0f}"
    expected = ["master-0", str(made.size), "262144", "raw", "bytes", share, "%", made.packing, made.fingerprint[:12]]
    assert rows[0].split() == [*expected, "build/example/master-0/user-data"]
    assert len(rows) == len(MACHINES)


def test_the_commands_that_hand_it_over(spec, run):
    """Below the table, and under --json, stands what takes each file to the provider; nothing else had to be said."""
    command = "yc compute instance create --name {0}-example --zone {1} --metadata-from-file user-data={2}"
    zones = zip(MACHINES, "abd", strict=True)
    expected = [command.format(m, f"ru-central1-{z}", f"build/example/{m}/user-data") for m, z in zones]
    assert run("render", spec.name, "--out", "build").stdout.partition("\n\n")[2].splitlines() == expected
    told = json.loads(run("render", spec.name, "--out", "build", "--json").stdout)
    assert [machine["hand_over"] for machine in told["machines"]] == expected


@pytest.mark.parametrize("out", ["my build", "it's"])
def test_the_commands_are_quoted(spec, run, out):
    """A folder whose name a shell would take apart is quoted, and a plain text's dollars are escaped for yc."""
    spec.write_text(spec.read_text() + "packing: plain\n")
    told = run("render", spec.name, "--out", out, "--machine", "master-1").stdout.partition("\n\n")[2]
    path = shlex.quote(f"{out}/example/master-1/user-data")
    create = "yc compute instance create --name master-1-example --zone ru-central1-b --metadata-from-file"
    assert told == f"{create} user-data=<(sed 's/[$]/&&/g' {path})\n"


def test_one_machine_goes_to_stdout(spec, run):
    """`--out -` prints the bytes of a single user-data, and nothing else."""
    result = run("render", spec.name, "--out", "-", "--machine", "master-1")
    assert result.exit_code == 0
    assert result.stdout_bytes == rendered(spec, "master-1").data


def test_several_machines_do_not_go_to_stdout(spec, run):
    """Stdout takes one user-data: three are refused, and none is printed."""
    result = run("render", spec.name, "--out", "-")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "stdout takes a single user-data, not 3" in result.stderr


def test_an_unknown_machine_is_told(spec, run, tmp_path):
    """A name that no spec knows is an error with the nearest one."""
    result = run("render", spec.name, "--out", "build", "--machine", "master-0", "--machine", "maste-2")
    assert result.exit_code == 2
    assert "no machine is named maste-2\n  = help: did you mean master-2?" in result.stderr
    assert left(tmp_path) == ["cluster.yaml"]


def test_clusters_rendered_together_are_as_each_alone(spec, run, tmp_path):
    """The bytes, the rows of the table and their order: nothing of one cluster is left in the next."""
    names = [f"cluster-{index}.yaml" for index in range(6)]
    for index, name in enumerate(names):
        (tmp_path / name).write_text(spec.read_text().replace("example\n", f"example-{index}\n", 1))
    together = run("render", *names, "--out", "build", "--json")
    alone = [run("render", name, "--out", "alone", "--json") for name in names]
    built = {
        path.relative_to(tmp_path / "build"): path.read_bytes() for path in (tmp_path / "build").rglob("user-data")
    }
    assert built == {path: (tmp_path / "alone" / path).read_bytes() for path in built}
    assert len(built) == len(names) * len(MACHINES)
    rows = [json.loads(result.stdout)["machines"] for result in (together, *alone)]
    assert [row["fingerprint"] for row in rows[0]] == [row["fingerprint"] for some in rows[1:] for row in some]


def test_a_failing_second_spec_leaves_nothing_behind(spec, run, tmp_path):
    """All or nothing: neither files, nor waiting ones, nor folders."""
    (tmp_path / "bad.yaml").write_text(spec.read_text() + "kubelt: {}\n")
    result = run("render", spec.name, "bad.yaml", "--out", "build")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith("nothing is written\n1 error, 1 warning\n")
    assert left(tmp_path) == ["bad.yaml", "cluster.yaml"]


def test_a_failing_spec_leaves_what_was_there(spec, run, tmp_path):
    """User-data of an earlier run stays as it is when a later one fails."""
    assert run("render", spec.name, "--out", "build").exit_code == 0
    before = {path: path.read_bytes() for path in (tmp_path / "build").rglob("user-data")}
    bad = tmp_path / "bad.yaml"
    bad.write_text(spec.read_text() + "kubelt: {}\n")
    changed = tmp_path / "changed.yaml"
    changed.write_text(spec.read_text() + "files: [{path: /x, content: changed}]\n")
    assert run("render", changed.name, bad.name, "--out", "build").exit_code == 2
    assert {path: path.read_bytes() for path in (tmp_path / "build").rglob("*") if path.is_file()} == before


def test_strict_writes_nothing_on_warnings(spec, run, tmp_path):
    """Under --strict a warning is exit code 1."""
    result = run("render", spec.name, "--out", "build", "--strict")
    assert (result.exit_code, result.stdout) == (1, "")
    assert left(tmp_path) == ["cluster.yaml"]


def test_two_specs_may_not_write_one_file(spec, run, tmp_path):
    """Clusters of the same name would overwrite each other: told at clusterName."""
    (tmp_path / "twin.yaml").write_bytes(spec.read_bytes())
    result = run("render", spec.name, "twin.yaml", "--out", "build", "--machine", "master-0")
    assert result.exit_code == 2
    told = "error[$.clusterName]: cluster.yaml and twin.yaml would both write build/example/master-0/user-data\n"
    assert f"{told} --> twin.yaml:2:14\n" in result.stderr


def test_a_place_that_cannot_be_written_is_told(spec, run, tmp_path):
    """A file where a folder is needed is a problem, not a traceback."""
    (tmp_path / "build").write_text("")
    result = run("render", spec.name, "--out", "build", "--machine", "master-0")
    assert result.exit_code == 2
    assert "error: cluster.yaml: cannot write build/example/master-0/user-data: not a directory" in result.stderr
    assert "= help: a file stands where a folder should: look at its name" in result.stderr


def test_json_names_paths_sizes_and_fingerprints(spec, run):
    """Machines and problems, in one document."""
    told = json.loads(run("render", spec.name, "--out", "build", "--json").stdout)
    made = rendered(spec, "master-2")
    assert told["written"] is True
    assert told["machines"][2] == {
        "spec": "cluster.yaml",
        "cluster": "example",
        "machine": "master-2",
        "path": "build/example/master-2/user-data",
        "provider": "yandex",
        "format": "cloud-config",
        "packing": "mime-gzip",
        "size": made.size,
        "limit": 262144,
        "unit": "raw bytes",
        "fingerprint": made.fingerprint,
        "seed": None,
        "hand_over": told["machines"][2]["hand_over"],
    }
    assert {problem["severity"] for problem in told["problems"]} == {"warning", "info"}


def test_json_and_stdout_exclude_each_other(spec, run):
    """Both want stdout: a fault of the command line."""
    result = run("render", spec.name, "--out", "-", "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "both want stdout" in result.stderr


def test_secrets_are_rendered(spec, secrets, run, canary):
    """The token and its end stand in the user-data; whatever the file lacks is a warning."""
    spec.write_text(f"{spec.read_text()}packing: plain\n")
    result = run("render", spec.name, "--out", "-", "--machine", "master-0", "--secrets", secrets)
    assert result.exit_code == 0
    end = int(datetime(2099, 11, 23, 12, tzinfo=UTC).timestamp())
    assert re.search(rf"{re.escape(canary)}\n +{end}\n", result.stdout)
    assert "warning: the secrets file holds no token of master-0 for the issuers etcd-client, " in result.stderr
    assert "etcd-ca" not in result.stderr
    assert SecretRef(BOOTSTRAP_TOKEN, "master-0", "etcd-ca").placeholder() not in result.stdout


def test_secrets_stay_out_of_git(spec, secrets, run, tmp_path):
    """User-data that holds them is refused where git could take it along; without them it belongs there."""
    subprocess.run(["git", "init", "-q", "."], check=True, cwd=tmp_path)
    result = run("render", spec.name, "--out", "build", "--secrets", secrets)
    assert result.exit_code == 2
    assert "build/example/master-0/user-data is inside the git work tree" in result.stderr
    assert not (tmp_path / "build").exists()
    (tmp_path / ".gitignore").write_text("user-data\n")
    assert run("render", spec.name, "--out", "build", "--secrets", secrets).exit_code == 0
    result = run("render", spec.name, "--out", "build", "--secrets", secrets, "--seed", "nocloud-iso")
    assert "nocloud.iso is inside the git work tree" in result.stderr
    (tmp_path / ".gitignore").unlink()
    assert run("render", spec.name, "--out", "build").exit_code == 0


def test_secrets_for_nobody_are_a_warning(spec, secrets, run):
    """A machine or an issuer that the spec does not have is told by name."""
    secrets.write_text(secrets.read_text().replace("master-0:", "master-9:"))
    result = run("render", spec.name, "--out", "build", "--secrets", secrets)
    told = "the secrets file holds a token of master-9 for issuer etcd-ca, which nothing of the spec uses"
    assert told in result.stderr


def test_secrets_belong_to_one_cluster(spec, secrets, run, tmp_path):
    """A wrapped token opens once: two clusters may not share a file of them."""
    other = tmp_path / "other.yaml"
    other.write_text(spec.read_text().replace("clusterName: example", "clusterName: other"))
    result = run("render", spec.name, other.name, "--out", "build", "--secrets", secrets)
    assert result.exit_code == 2
    assert "holds the secrets of one cluster, and 2 specs are given" in result.stderr


def test_expired_tokens_are_a_warning(spec, secrets, run):
    """A token whose end has passed opens nothing any more."""
    secrets.write_text(secrets.read_text().replace("2099", "2019"))
    result = run("render", spec.name, "--out", "build", "--secrets", secrets)
    assert "warning: the token of master-0 for issuer etcd-ca has expired\n" in result.stderr


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601], ids=oct)
def test_secrets_that_others_reach_are_refused(spec, secrets, run, mode):
    """Any bit for group or others is an error, and says what to do."""
    secrets.chmod(mode)
    result = run("render", spec.name, "--out", "build", "--secrets", secrets)
    assert result.exit_code == 2
    assert f"is open to others: its mode is {mode:04o}\n  = help: chmod 600 " in result.stderr
    assert "the secrets file holds" not in result.stderr


def test_bytes_do_not_depend_on_where_and_how(spec, start, tmp_path):
    """Hash seed, locale, time zone and folder leave no trace in the user-data."""
    made = set()
    for number, environment in enumerate(
        ({"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "UTC"}, {"PYTHONHASHSEED": "2", "LC_ALL": "C.UTF-8", "TZ": "EST"})
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        out = start("render", spec, "--out", "-", "--machine", "master-0", cwd=folder, **environment)
        assert out.returncode == 0
        made.add(out.stdout)
    assert len(made) == 1


def test_memory_is_flat(spec, tmp_path):
    """Eight clusters need hardly more memory than two: nothing rendered is kept."""
    for number in range(8):
        text = spec.read_text().replace("clusterName: example", f"clusterName: c{number}").replace("yandex", "generic")
        (tmp_path / f"c{number}.yaml").write_text(text + f"files: [{{path: /x, content: {'x' * 900_000}}}]\n")
    assert peak(tmp_path, 8) < peak(tmp_path, 2) + 8_000


def peak(folder: Path, number: int) -> int:
    """Kilobytes that a run over so many specs takes at most."""
    code = (
        "import resource, sys\n"
        "from cloudgen.edge.cli.app import app\n"
        "app(sys.argv[1:], standalone_mode=False)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    specs = [f"c{index}.yaml" for index in range(number)]
    arguments = ["render", *specs, "--out", f"build{number}", "--machine", "master-0"]
    out = subprocess.run([sys.executable, "-c", code, *arguments], cwd=folder, capture_output=True, check=True)
    return int(out.stdout.splitlines()[-1])
