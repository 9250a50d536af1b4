"""`cloudgen check`."""

import json

import pytest


def test_a_good_spec_is_told_in_one_line(spec, run):
    """The exit code is 0, and stdout says what was checked."""
    result = run("check", spec.name)
    assert result.exit_code == 0
    assert result.stdout.startswith("cluster.yaml: 3 machines, Kubernetes v1.23.12; user-data up to ")
    assert result.stdout.count("\n") == 1


def test_all_problems_are_told_at_their_lines(spec, run):
    """Every fault of one stage comes with its place, the lines around and a count at the end."""
    spec.write_text(spec.read_text() + "kubelt: {}\nnames: dnss\n")
    result = run("check", spec.name)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "error[$.kubelt]: there is no key kubelt here\n" in result.stderr
    assert "error[$.names]: 'dnss' is not possible here\n" in result.stderr
    assert result.stderr.count("--> cluster.yaml:") == 2
    assert result.stderr.endswith("\n2 errors\n")


def test_what_several_machines_share_is_told_once(spec, run):
    """A problem that each of three machines has is printed a single time."""
    spec.write_text(spec.read_text() + "files: [{path: /x, template: '{{ nothing }}'}]\n")
    result = run("check", spec.name)
    assert result.exit_code == 2
    assert result.stderr.count("error[$.files[0].template]") == 1


def test_what_machines_differ_in_only_by_name_is_joined(spec, run):
    """The placeholders of three machines are one remark that names all three."""
    told = [line for line in run("check", spec.name).stderr.splitlines() if "hold placeholders" in line]
    assert len(told) == 1
    assert "cluster.yaml: master-0, master-1, master-2: " in told[0]


def test_overrides_are_told_where_they_stand(spec, run):
    """A fault that a machine's overrides make has their line, not the cluster's."""
    override = "- {name: master-0, overrides: {files: [{path: /x, template: '{{ nothing }}'}]}, "
    spec.write_text(spec.read_text().replace("- {name: master-0, ", override))
    result = run("check", spec.name)
    assert result.exit_code == 2
    assert "error[$.masters[0].overrides.files[0].template]" in result.stderr
    assert "--> cluster.yaml:7:" in result.stderr


@pytest.mark.parametrize(("arguments", "code"), [((), 0), (("--strict",), 1)], ids=["plain", "strict"])
def test_warnings_fail_under_strict_only(spec, run, arguments, code):
    """An example address is a warning."""
    result = run("check", spec.name, *arguments)
    assert result.exit_code == code
    assert result.stderr.endswith("\n1 warning\n")


def test_json_holds_everything_and_stderr_nothing(spec, run):
    """The result is one JSON document; each problem has its place."""
    spec.write_text(spec.read_text() + "kubelt: {}\n")
    result = run("check", "--json", spec.name, "nowhere.yaml")
    told = json.loads(result.stdout)
    assert result.exit_code == 2
    assert result.stderr == ""
    assert [cluster["ok"] for cluster in told["clusters"]] == [False, False]
    assert told["problems"][0]["path"] == "$.kubelt"
    assert (told["problems"][0]["file"], told["problems"][0]["line"]) == ("cluster.yaml", 14)


def test_stdin_is_a_spec_too(spec, run):
    """`-` is read from standard input and shown as <stdin>."""
    result = run("check", "-", input=spec.read_text() + "kubelt: {}\n")
    assert result.exit_code == 2
    assert "--> <stdin>:14:1" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "painted"),
    [
        (["check", "x"], {}, False),
        (["check", "--color", "always", "x"], {"NO_COLOR": "1"}, True),
        (["--color", "always", "check", "x"], {}, True),
        (["--color", "always", "check", "--color", "never", "x"], {}, False),
    ],
    ids=["no terminal", "always", "before the command", "the latter wins"],
)
def test_colours(spec, run, arguments, environment, painted):
    """--color is understood before and after the command."""
    assert ("\x1b[" in run(*arguments, env=environment, color=True).stderr) is painted
