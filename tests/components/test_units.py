from typing import Any

import pytest

from cloudgen.pieces import Unit
from cloudgen.secrets import SecretRef
from tests.specs import content, messages, node, paths

PATH = "/etc/systemd/system/a.service"
TEXT = "[Service]\nExecStart=/bin/true\n"


def unit(**settings: Any) -> Unit:
    """The unit piece of a user's unit."""
    return next(u for u in node(units=[{"name": "a.service", **settings}]).of(Unit) if u.name == "a.service")


def test_a_unit_starts_at_once_or_later_or_not():
    """At the first boot, once the binaries are there, or never by itself."""
    assert unit(content=TEXT) == Unit(name="a.service", text=TEXT, enabled=True)
    assert unit(content=TEXT, afterBootstrap=True) == Unit(name="a.service", text=TEXT, after_bootstrap=True)
    assert unit(content=TEXT, enabled=False, afterBootstrap=True) == Unit(name="a.service", text=TEXT)
    assert "a.service\n" in content(
        "/etc/cloudgen/units", units=[{"name": "a.service", "content": TEXT, "afterBootstrap": True}]
    )


def test_a_template():
    """A unit may be a template."""
    assert unit(template="[Unit]\nDescription={{ cluster }}\n").text == "[Unit]\nDescription=example\n"
    said = messages(units=[{"name": "a.service", "template": "{{ absent }}"}])
    assert any("absent" in message for message in said)


def test_a_secret_is_the_whole_unit():
    """A unit that is a secret as a whole is a file that only root reads."""
    file = node(units=[{"name": "a.service", "contentFrom": {"secret": "s"}}]).file(PATH)
    assert file is not None
    assert (file.content, file.mode) == (SecretRef("named", "", "s"), 0o600)


def test_drop_ins():
    """Drop-ins stand beside the unit, also for one that the system brings."""
    units = [{"name": "ssh.service", "enabled": False, "dropIns": {"10-a.conf": "[Service]\nNice=1\n"}}]
    made = paths(units=units)
    assert "/etc/systemd/system/ssh.service.d/10-a.conf" in made
    assert "/etc/systemd/system/ssh.service" not in made


@pytest.mark.parametrize("name", ["a", "a.txt", "../a.service", "a b.service"])
def test_a_name_that_is_none_is_told(name):
    """systemd knows units by their suffix, and a name is no path."""
    assert messages(units=[{"name": name, "content": TEXT}])


@pytest.mark.parametrize("late", [False, True])
def test_drop_ins_for_a_unit_of_cloudgen(late):
    """They stand beside it, and it starts as it did: after the bootstrap."""
    units = [{"name": "kubelet.service", "afterBootstrap": late, "dropIns": {"20-a.conf": "[Service]\nNice=1\n"}}]
    assert messages(units=units) == []
    made = node(units=units)
    assert made.file("/etc/systemd/system/kubelet.service.d/20-a.conf")
    assert [u for u in made.of(Unit) if u.name == "kubelet.service"] == [
        u for u in node().of(Unit) if u.name == "kubelet.service"
    ]
    assert any("described twice" in message for message in messages(units=[{**units[0], "enabled": False}]))


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("install", ["", "[Install]\nWantedBy=multi-user.target\n"])
def test_a_unit_for_the_first_boot_only_is_told(late, install):
    """Without [Install] nothing starts it again, unless it is not enabled: then somebody else does."""
    mine = {"name": "a.service", "content": TEXT + install, "afterBootstrap": late}
    assert len(messages(units=[mine])) == (not install)
    assert messages(units=[{**mine, "enabled": False}]) == []


def test_instances_are_started_not_their_template():
    """systemd would fail to enable a template, and the bootstrap with it."""
    template, instance = {"name": "a@.service", "content": TEXT, "enabled": False}, {"name": "a@b.service"}
    assert messages(units=[template, instance]) == []
    assert any("a template for units" in message for message in messages(units=[{**template, "enabled": True}]))
