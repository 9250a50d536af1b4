"""Commands of a machine, and when they are not asked."""

import pytest

from cloudgen.edge.machine import asking
from cloudgen.edge.machine.commands import containers, failed_units, resolves, said, shown_units
from cloudgen.verify import Machine
from tests.verify.machines import booted

MASTERS = [{"name": "a", "address": "10.0.0.1"}]
SHOWN = """\
Type=simple
Id=kubelet.service
ActiveState=active

Id=x.timer
ActiveState=inactive
"""


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Writes a stand-in for a command; nothing else is found."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def write(name: str, body: str) -> None:
        path = folder / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    return write


def test_units_are_read_from_systemctl(command):
    """Blocks of properties, whatever their order; and the names of failed ones."""
    command(
        "systemctl", f'case $1 in show) /bin/cat <<"E"\n{SHOWN}E\n;; *) echo "a.service loaded failed failed A";; esac'
    )
    assert [unit["Id"] for unit in shown_units(("kubelet.service", "x.timer"))] == ["kubelet.service", "x.timer"]
    assert failed_units() == ["a.service"]


def test_commands_that_are_missing_or_fail(command):
    """Nothing is said, and nothing raised."""
    assert (shown_units(("a",)), failed_units(), resolves("a"), containers("/none")) == ([{}], [], False, None)
    command("crictl", "echo rubbish")
    command("getent", "exit 2")
    assert (containers(""), resolves("a")) == (None, False)


def test_commands_are_not_waited_for_for_ever(command, monkeypatch):
    """A hanging one is ended."""
    monkeypatch.setattr("cloudgen.edge.machine.commands._TIMEOUT", 0.2)
    command("getent", "exec /bin/sleep 30")
    assert said("getent", "hosts", "a") is None


def test_a_secret_of_the_environment_reaches_no_command(command, monkeypatch):
    """They get a search path and nothing else."""
    monkeypatch.setenv("VAULT_TOKEN", "hvs.CANARY")
    command("getent", "/usr/bin/env")
    assert "CANARY" not in (said("getent") or "")


@pytest.mark.parametrize(("running", "why"), [(False, "/mnt is not the root of"), (True, "systemd does not run here")])
def test_what_is_not_asked_is_listed(monkeypatch, tmp_path, running, why):
    """With its reason, once for each check."""
    monkeypatch.setattr(asking, "_BOOTED", str(tmp_path / "none"))
    found = [*asking.live(Machine(files=booted()), "/mnt", running=running)]
    assert {f.state for f in found} == {"skipped"}
    assert all(f.message.startswith(why) for f in found)
    assert [f.check for f in found] == ["running units", "names", "etcd", "api", "nodes", "pods"]


def test_every_check_is_made_where_it_can_be(command, monkeypatch, tmp_path):
    """On the machine itself nothing is skipped for its place; here nobody answers, which is told check by check."""
    monkeypatch.setattr(asking, "_BOOTED", str(tmp_path))
    command("getent", "exit 0")
    found = [*asking.live(Machine(files=booted("a", masters=MASTERS)), "/", running=True)]
    assert {f.check for f in found} == {"running units", "names", "etcd", "api", "nodes", "pods"}
    assert {f.state for f in found if f.check in {"running units", "etcd", "api"}} == {"fail"}
