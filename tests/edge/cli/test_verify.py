"""`cloudgen verify`."""

import json
import re

import pytest

from tests.edge.cli.conftest import ROOT
from tests.specs import BASE
from tests.verify.machines import booted

LATER = ("--at", "2030-07-01")
"""When the machine's certificates have ended, and its authorities have not."""


@pytest.fixture
def root(tmp_path):
    """The root of a machine on the disk, with certificates for May 2030."""
    disk, root = booted(), tmp_path / "root"
    for path, seen in disk.items():
        place = root / path.lstrip("/")
        if seen.kind == "folder":
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(seen.data)
        place.chmod(seen.mode)
    return root


def test_a_list_of_checks(root, run):
    """Grouped, with what to do; what cannot be asked is told with its reason; exit code 1 where something fails."""
    result = run("verify", "--root", root, *LATER)
    lines = result.stdout.splitlines()
    assert (result.exit_code, result.stderr) == (1, "")
    assert lines[0] == f"master-0 of example, root {root}"
    assert "ok       17 issuers have a role-id and a secret-id" in lines
    assert re.search(
        r"^fail     /etc/kubernetes/pki/certs/etcd/etcd-server.pem: has expired",
        result.stdout,
        re.MULTILINE,
    )
    assert "         = help: " in result.stdout
    assert "running units, names, etcd, api, nodes, pods" in lines
    assert f"skipped  {root} is not the root of the system that runs here" in lines
    assert re.fullmatch(r"\d+ ok, 0 warnings, 13 failed, 6 skipped", lines[-1])


def test_json(root, run):
    """The same for machines: one object for each check, on stdout alone."""
    result = run("verify", "--root", root, *LATER, "--json")
    told = json.loads(result.stdout)
    assert (told["machine"], told["cluster"], told["ok"], told["problems"]) == ("master-0", "example", False, [])
    states = [check["state"] for check in told["checks"]]
    assert (states.count("fail"), states.count("skipped")) == (13, 6)
    assert set(told["checks"][0]) == {"check", "subject", "state", "message", "remedy", "details"}


def test_all_is_well(root, run):
    """Exit code 0 while the certificates are young."""
    result = run("verify", "--root", root, "--at", "2030-05-06")
    assert result.exit_code == 0, result.stdout
    assert " 0 failed" in result.stdout


def test_the_time_is_the_real_one(root, run):
    """Unless another one is given: these authorities are made for 2030."""
    judged = [run("verify", "--root", root, *at).stdout for at in ((), ("--at", "2020-01-01T00:00:00Z"))]
    assert all("is not valid before 2030" in text or "ends 2030" in text or "has expired" in text for text in judged)
    assert judged[1].count("is not valid before 2030-05-04 12:00 UTC: it is 2020-01-01 00:00 UTC here") == 16


@pytest.mark.parametrize("color", [(), ("--color", "never")])
def test_no_colours_but_on_terminals(root, run, color):
    """And where they are asked for."""
    assert "\x1b" not in run("verify", "--root", root, *color).stdout
    assert "\x1b[31mfail" in run("verify", "--root", root, "--color", "always").stdout


def test_no_machine_of_cloudgen_s(tmp_path, run):
    """Exit code 2, in one sentence, in JSON too."""
    result = run("verify", "--root", tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "this is no machine of cloudgen's: there is no /etc/cloudgen/bootstrap.env" in result.stderr
    told = json.loads(run("verify", "--root", tmp_path, "--json").stdout)
    assert (told["checks"], len(told["problems"])) == ([], 1)


@pytest.mark.parametrize("name", ["", "missing", "root/etc/hostname"])
def test_no_root(tmp_path, root, run, name):
    """Exit code 2 for what is no folder."""
    result = run("verify", "--root", tmp_path / name if name else "")
    assert (result.exit_code, result.stdout, result.stderr.count("error")) == (2, "", 1)


def test_a_log_cannot_write_to_the_terminal(root, run):
    """Files of a machine may come from anybody: no escape, no token of them is printed."""
    state = root / "var/lib/cloudgen"
    (state / "done").unlink()
    (state / "failed").write_text("step=\x1b[2Junwrap\ncode=1\nlog:\nhvs.CANARYCANARY \x1b]0;x\x07\n")
    for result in (run("verify", "--root", root), run("verify", "--root", root, "--json")):
        assert "CANARY" not in result.stdout
        assert "\x1b" not in result.stdout
        assert "unwrap" in result.stdout


def write_spec(tmp_path, **sections):
    path = tmp_path / "cluster.yaml"
    path.write_text(json.dumps({**BASE, **sections}))
    return path


def test_a_spec_is_compared(root, run, tmp_path):
    """Every file as this spec makes it; what was changed by hand fails."""
    spec, command = write_spec(tmp_path), ("verify", "--root", root, "--at", "2030-05-06", "--spec")
    result = run(*command, spec)
    assert (result.exit_code, result.stderr) == (0, "")
    assert re.search(r"^ok       \d+ files and folders are as it makes them$", result.stdout, re.MULTILINE)
    (root / "etc/kubernetes/manifests/etcd.yaml").write_text("")
    result = run(*command, spec)
    assert result.exit_code == 1
    assert (
        "fail     /etc/kubernetes/manifests/etcd.yaml: is not what the spec makes of it, from line 1" in result.stdout
    )


@pytest.mark.parametrize(
    ("sections", "more", "said"),
    [
        ({"clusterName": "other"}, (), "the spec is of the cluster other, the machine of example"),
        ({}, ("--machine", "master-9"), "the spec has no machine master-9"),
        ({"etcd": {"disk": 1}}, (), "cluster.yaml:1:"),
    ],
)
def test_a_spec_that_does_not_fit(root, run, sections, more, said):
    """Exit code 2, and no check is made."""
    result = run("verify", "--root", root, "--spec", write_spec(root.parent, **sections), *more)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_what_is_missing_to_install_is_told(root, start, tmp_path):
    """cryptography comes with an extra; its absence is no traceback."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['cryptography'] = None\n")
    done = start("verify", "--root", root, PYTHONPATH=f"{tmp_path}:{ROOT}")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"pip install 'cloudgen[verify]'" in done.stderr
