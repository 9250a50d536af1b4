"""The units that run the scripts: systemd itself loads them."""

import re

import pytest

from cloudgen.family import FAMILIES
from cloudgen.paths import Paths, PathSettings
from cloudgen.template import render
from tests.judges.systemd import unit_problems

TEMPLATES = {
    "cloudgen-bootstrap.service": "bootstrap",
    "cloudgen-pki.service": "bootstrap",
    "cloudgen-pki.timer": "bootstrap",
    "cloudgen-post-install.service": "bootstrap",
    "cloudgen-etcd-snapshot.service": "etcd_snapshots",
    "cloudgen-etcd-snapshot.timer": "etcd_snapshots",
}
LIBRARY = "/usr/local/lib/cloudgen"
VALUES = {
    "lib_dir": LIBRARY,
    "etc_dir": "/etc/cloudgen",
    "state_dir": "/var/lib/cloudgen",
    "bootstrap_timeout": "1800",
    "pki_interval": "30s",
    "fetches": True,
    "schedule": "daily",
    "paths": Paths.of(PathSettings(), FAMILIES["debian"]),
}


def rendered(name: str) -> str:
    return render(f"components/{TEMPLATES[name]}.{name}.j2", **VALUES)


@pytest.mark.judge
def test_systemd_loads_every_unit(tmp_path):
    """No unknown key, no missing program, no syntax that systemd would drop."""
    folder, programs = tmp_path / "etc/systemd/system", tmp_path / LIBRARY.lstrip("/")
    folder.mkdir(parents=True)
    programs.mkdir(parents=True)
    for name in TEMPLATES:
        (folder / name).write_text(rendered(name))
        for program in re.findall(r"^ExecStart(?:Pre)?=(\S+)", rendered(name), re.MULTILINE):
            place = tmp_path / program.lstrip("/")
            place.write_text("#!/bin/bash\n")
            place.chmod(0o755)
    assert unit_problems(tmp_path) == []


def test_no_unit_waits_for_the_end_of_the_boot():
    """cloud-final.service comes after multi-user.target and waits for the bootstrap: the reverse is a deadlock."""
    for name in TEMPLATES:
        order = re.findall(r"^(?:After|Requires|Wants|BindsTo)=(.*)$", rendered(name), re.MULTILINE)
        assert not re.search(r"cloud-final|cloud-init|multi-user|graphical", " ".join(order)), name


def test_the_bootstrap_is_repeated_until_it_is_done():
    """The condition names the marker that bootstrap.sh writes, and boot starts the unit."""
    text = rendered("cloudgen-bootstrap.service")
    assert "ConditionPathExists=!/var/lib/cloudgen/done\n" in text
    assert "WantedBy=multi-user.target" in text
