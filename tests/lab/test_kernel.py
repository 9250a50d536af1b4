"""A master on hardware of its own, though emulated: its kernel's modules and settings, and the seed image."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.lab.calls import call
from tests.lab.cluster import SPEC
from tests.lab.conftest import Lab
from tests.lab.parts.hardware import Hardware

pytestmark = pytest.mark.lab
STATE: Final = "/var/lib/cloudgen"
_SECONDS: Final = 900
"""Of an emulated machine: 80 where nothing else is at work."""
_QEMU: Final = (
    *("qemu-system-x86_64", "-machine", "q35", "-accel", "tcg,thread=multi,tb-size=1024", "-cpu", "max,-la57"),
    *("-smp", "2", "-m", "2048", "-display", "none", "-monitor", "none", "-no-reboot", "-nic", "none"),
    *("-device", "virtio-rng-pci"),
)
_APPEND: Final = "root=/dev/vda rw console=ttyS0 mitigations=off apparmor=0"
_TELLER: Final = """
[Unit]
After=cloudgen-bootstrap.service
[Service]
Type=oneshot
ExecStart=-/usr/bin/cloud-init status --wait
ExecStart=/bin/sh -c 'cd /var/lib; cat /proc/modules >told-modules; sysctl --all >told-settings; uname -n >told-name'
ExecStart=/bin/systemctl poweroff
[Install]
WantedBy=multi-user.target
"""


def test_modules_settings_and_the_seed(lab: Lab):
    """cloudgen's seed image is found; a stock kernel gets modules and settings; the bootstrap goes on to its tokens."""
    place = lab.world.folder / "kernel"
    place.mkdir()
    _render(place)
    disk = _booted(lab.hardware, place)

    def read(path: str) -> str:
        return call("debugfs", "-R", f"cat {path}", disk).partition("\n")[2]

    seen = json.loads(read("/var/lib/cloud/data/status.json"))["v1"]["datasource"]
    assert seen.startswith("DataSourceNoCloud [seed=/dev/"), seen
    assert read("/var/lib/told-name").strip() == "master-0-lab"
    failed = read(f"{STATE}/failed")
    assert failed.startswith("step=unwrap\ncode=20\n"), failed
    log = read(f"{STATE}/bootstrap.log")
    assert " WARN " not in log, log
    modules = {line.split()[0] for line in read("/var/lib/told-modules").splitlines()}
    assert {"br_netfilter", "overlay"} <= modules
    settings, wanted = (_settings(read(f)) for f in ("/var/lib/told-settings", "/etc/sysctl.d/99-network.conf"))
    assert wanted["net.bridge.bridge-nf-call-iptables"] == "1"
    assert {name: settings.get(name) for name in wanted} == wanted


def _render(place: Path) -> None:
    shutil.copy(SPEC, place / "base.yaml")
    spec = {"extends": ["base.yaml"], "units": [{"name": "teller.service", "content": _TELLER}]}
    (place / "cluster.yaml").write_text(json.dumps(spec))
    render = ("cloudgen", "render", "cluster.yaml", "--machine", "master-0", "--out", "out", "--seed", "nocloud-iso")
    subprocess.run([sys.executable, "-m", *render], cwd=place, check=True)


def _booted(parts: Hardware, place: Path) -> Path:
    """The disk of a machine that was switched on, and has switched itself off."""
    disk, console = place / "disk", place / "console"
    call("cp", "--sparse=always", parts.disk, disk)
    (seed,) = place.glob("out/*/master-0/nocloud.iso")
    drives = (f"file={disk},if=virtio,format=raw", f"file={seed},if=virtio,format=raw,readonly=on")
    argv = (*_QEMU, "-kernel", parts.kernel, "-initrd", parts.initrd, "-append", _APPEND, "-serial", f"file:{console}")
    try:
        call(*argv, *(word for drive in drives for word in ("-drive", drive)), timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        pytest.fail(f"it did not switch itself off: {console.read_text(errors='replace')[-4000:]}")
    return disk


def _settings(text: str) -> dict[str, str]:
    """Of lines as sysctl writes and reads them."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}
