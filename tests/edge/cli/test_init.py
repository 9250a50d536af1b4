"""`cloudgen init`."""

import stat

import pytest


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Everything happens in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_it_writes_can_be_checked(run, here):
    """cluster.yaml by default, readable by all, and without an error."""
    result = run("init")
    assert (result.exit_code, result.stdout) == (0, "cluster.yaml is written; next: cloudgen check cluster.yaml\n")
    assert stat.S_IMODE((here / "cluster.yaml").stat().st_mode) == 0o644
    assert run("check", "cluster.yaml").exit_code == 0


def test_nothing_is_overwritten_without_force(run, here):
    """A file that exists stays, and the way out is named."""
    (here / "mine.yaml").write_text("mine")
    refused = run("init", "mine.yaml")
    assert refused.exit_code == 2
    assert "mine.yaml exists already" in refused.stderr
    assert "--force" in refused.stderr
    assert (here / "mine.yaml").read_text() == "mine"
    assert run("init", "mine.yaml", "--force").exit_code == 0
    assert (here / "mine.yaml").read_text() == run("init", "-").stdout


def test_variables_become_a_spec(run, here):
    """The spec that means the same goes to stdout; remarks go to stderr."""
    (here / "vars.sh").write_text("export BASE_DOMAIN=example.org\nexport CLUSTER_NAME=blue\nexport HAT=red\n")
    result = run("init", "-", "--from-env", "vars.sh", "--address", "10.0.0.1, 10.0.0.2,10.0.0.3")
    assert result.exit_code == 0
    assert "clusterName: blue" in result.stdout
    assert "10.0.0.3" in result.stdout
    assert "warning: HAT is not used\n --> vars.sh:3:" in result.stderr


def test_variables_that_say_nothing_are_told(run, here):
    """A file without any of the known variables writes nothing."""
    (here / "vars.sh").write_text("export HAT=red\n")
    result = run("init", "--from-env", "vars.sh")
    assert result.exit_code == 2
    assert [path.name for path in here.iterdir()] == ["vars.sh"]


def test_secret_variables_are_not_shown(run, here, canary):
    """A token among the variables appears neither in the spec nor in the lines around a problem."""
    hidden = f"export VAULT_TOKEN={canary}x\nexport VAULT_PASSWORD={canary}\n"
    (here / "vars.sh").write_text(f"export BASE_DOMAIN=example.org\nexport HAT=red\n{hidden}")
    result = run("init", "-", "--from-env", "vars.sh")
    assert "CANARY" not in result.stdout + result.stderr


def test_addresses_belong_to_variables(run):
    """--address without --from-env is told, for it would be ignored."""
    result = run("init", "--address", "10.0.0.1")
    assert result.exit_code == 2
    assert "--address belongs to --from-env" in result.stderr
