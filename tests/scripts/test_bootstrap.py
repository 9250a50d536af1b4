"""bootstrap.sh and await.sh: steps, markers, repetition."""

import os
import shutil
import signal
import stat
import subprocess
import time

import pytest

from tests.judging import missing
from tests.scripts.conftest import Sandbox


@pytest.fixture
def master(sandbox):
    """A sandbox whose bootstrap passes: nothing to unwrap, nothing to download, everything else stubbed or real."""
    sandbox.stub("timedatectl", "echo yes")
    sandbox.settings |= {
        "VAULT_ADDR": "http://127.0.0.1:9",
        "VAULT_MODE": "wrapped-token",
        "RESOLV_LINK": str(sandbox.root / "etc/cloudgen/resolv.conf"),
        "UNITS": "containerd.service key-keeper.service kubelet.service",
    }
    (sandbox.root / "etc/resolv.conf").write_text("nameserver 127.0.0.53\n")
    (sandbox.root / "etc/fstab").write_text("LABEL=root / ext4 defaults 0 1\n")
    (sandbox.root / "etc/hosts").write_text("127.0.0.1 localhost\n")
    return sandbox


def failed(sandbox: Sandbox) -> str:
    return (sandbox.state / "failed").read_text()


def test_a_good_run_leaves_done(master):
    """All steps pass: the done marker, units enabled and started without waiting, daemon-reload before them."""
    code, output = master.run("bootstrap.sh")
    assert code == 0, output
    assert (master.state / "done").read_text().startswith("time=")
    assert not (master.state / "failed").exists()
    units = "containerd.service key-keeper.service kubelet.service"
    calls = [c for c in master.calls if c.startswith("systemctl")]
    assert calls[-3:] == [
        "systemctl daemon-reload",
        f"systemctl enable {units}",
        f"systemctl restart --no-block {units}",
    ]
    assert output in (master.state / "bootstrap.log").read_text()


def test_steps_run_in_the_order_of_the_contract(master):
    """Unwrap comes before the disk and the downloads, units last."""
    _, output = master.run("bootstrap.sh")
    steps = [line.split()[2] for line in output.splitlines() if line.split()[1] == "STEP"]
    order = "hostname kernel swap updates cas hosts time names unwrap disk resolv downloads units"
    assert steps == order.split()


def test_a_failure_leaves_its_step_code_and_log(master):
    """The failed marker: step, exit code, end of the log; a later run that succeeds takes it away."""
    (master.state / "tokens").mkdir()
    (master.state / "tokens/etcd").write_text("cloudgen:placeholder:bootstrap-token:master-0:etcd\n")
    folder = master.settings["KEY_KEEPER_DIR"]
    master.table("issuers", ("etcd", "etcd-master-0", "approle", "etcd-master-0", f"{folder}/r", f"{folder}/s"))
    code, _ = master.run("bootstrap.sh")
    assert code == 20
    assert failed(master).startswith("step=unwrap\ncode=20\ntime=")
    assert "rendered without secrets" in failed(master)
    assert not [c for c in master.calls if "restart" in c], "no unit starts after a failure"
    master.table("issuers")
    assert master.run("bootstrap.sh")[0] == 0
    assert not list(master.state.glob("failed*"))


def test_a_failure_deep_in_a_step_is_no_success(master):
    """Every command of a step counts: the command that updates the trusted CAs fails, the run fails with its code."""
    master.stub("update-cas", "exit 7")
    master.settings["CA_UPDATE_COMMAND"] = "update-cas --fresh"
    code, _ = master.run("bootstrap.sh")
    assert code == 7
    assert failed(master).startswith("step=cas\ncode=7\n")
    assert "update-cas --fresh" in master.calls


def test_two_runs_do_not_meet(master):
    """A second run while the first is at work ends at once and touches no marker."""
    master.settings["TIME_TIMEOUT"] = "30"
    master.stub("timedatectl", "echo no")
    with master.start("bootstrap.sh") as first:
        time.sleep(1)
        code, output = master.run("bootstrap.sh")
        assert (code, "another run" in output) == (75, True)
        assert not (master.state / "failed").exists()
        master.stub("timedatectl", "echo yes")
        assert first.wait(timeout=30) == 0


def test_a_run_that_is_stopped_says_so(master):
    """The unit's time limit (SIGTERM to all) leaves a failed marker with the step that was at work."""
    master.settings["TIME_TIMEOUT"] = "30"
    master.stub("timedatectl", "echo no")
    with master.start("bootstrap.sh") as run:
        time.sleep(1)
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(run.pid)], capture_output=True, text=True, check=True
        )
        for pid in [run.pid, *map(int, children.stdout.split())]:
            os.kill(pid, signal.SIGTERM)
        assert run.wait(timeout=30) == 143
    assert failed(master).startswith("step=time\ncode=143 (stopped by a signal")


def test_it_may_be_repeated(master):
    """A second run, as after a power cut just before the done marker, changes no file."""
    (master.etc / "hosts").write_text("10.0.0.1 master-0\n")
    master.run("bootstrap.sh")
    files = [master.root / "etc/hosts", master.root / "etc/fstab"]
    before = [f.read_bytes() for f in files]
    (master.state / "done").unlink()
    assert master.run("bootstrap.sh")[0] == 0
    assert [f.read_bytes() for f in files] == before


def test_warnings_are_in_the_done_marker(master):
    """A missing sysctl or module does not stop the machine, and is not hidden either."""
    master.stub("modprobe", "[[ $* != *br_netfilter* ]]")
    master.stub("sysctl", "[[ $* != *bridge* ]]")
    modules, sysctls = master.root / "modules.conf", master.root / "sysctl.conf"
    modules.write_text("# for pods\nsurely_not_loaded\nbr_netfilter\n")
    sysctls.write_text("# for pods\nnet.ipv4.ip_forward = 1\nnet.bridge.bridge-nf-call-iptables=1\n")
    master.settings |= {"MODULES_FILE": str(modules), "SYSCTL_FILE": str(sysctls)}
    assert master.run("bootstrap.sh")[0] == 0
    assert "modprobe -- surely_not_loaded" in master.calls
    assert "sysctl -q -w net.ipv4.ip_forward=1" in master.calls
    assert "WARN kernel module br_netfilter was not loaded" in (master.state / "done").read_text()
    assert "WARN sysctl net.bridge.bridge-nf-call-iptables was not set" in (master.state / "done").read_text()


def test_swap_is_off_now_and_later(master):
    """swapoff, fstab lines commented once, swap units masked."""
    fstab = master.root / "etc/fstab"
    fstab.write_text(
        "LABEL=root / ext4 defaults 0 1\n/dev/vda2 none swap sw 0 0\n"
        "#/old none swap sw 0 0\n/swapfile swap swap\tdefaults 0 0\n"
    )
    master.stub("systemctl", '[[ $1 != list-units ]] || echo "dev-zram0.swap loaded active active zram"')
    master.run("bootstrap.sh")
    assert "swapoff -a" in master.calls
    assert "systemctl mask dev-zram0.swap" in master.calls
    assert fstab.read_text().splitlines()[1:] == [
        "#cloudgen: /dev/vda2 none swap sw 0 0",
        "#/old none swap sw 0 0",
        "#cloudgen: /swapfile swap swap\tdefaults 0 0",
    ]


def test_swap_that_stays_on_is_told(master):
    """kubelet would refuse to start later; here it is told now."""
    (master.root / "proc/swaps").write_text("Filename\n/dev/vda2 partition 1 0 -2\n")
    code, output = master.run("bootstrap.sh")
    assert code == 1
    assert "swap is still on: /dev/vda2" in output


def test_swap_may_be_kept(master):
    """SWAP=keep leaves it alone."""
    master.settings["SWAP"] = "keep"
    (master.root / "proc/swaps").write_text("Filename\n/dev/vda2 partition 1 0 -2\n")
    assert master.run("bootstrap.sh")[0] == 0
    assert "swapoff -a" not in master.calls


def test_automatic_updates_are_masked(master):
    """Units are masked; timers are stopped without waiting; a running service is left to end."""
    master.settings["AUTO_UPDATES_UNITS"] = "apt-daily.timer unattended-upgrades.service"
    master.run("bootstrap.sh")
    calls = [c for c in master.calls if "apt" in c or "unattended" in c]
    assert calls == [
        "systemctl mask apt-daily.timer",
        "systemctl stop --no-block apt-daily.timer",
        "systemctl mask unattended-upgrades.service",
    ]


def test_the_hosts_block_comes_changes_and_goes(master):
    """One block between its marks; the rest of the file is the user's."""
    hosts, block = master.root / "etc/hosts", master.etc / "hosts"
    for text in ("10.0.0.1 master-0\n10.0.0.2 master-1\n", "10.0.0.9 master-0\n"):
        block.write_text(text)
        master.run("bootstrap.sh")
        assert hosts.read_text() == f"127.0.0.1 localhost\n# cloudgen:begin\n{text}# cloudgen:end\n"
        assert stat.S_IMODE(hosts.stat().st_mode) == 0o644
    block.unlink()
    master.run("bootstrap.sh")
    assert hosts.read_text() == "127.0.0.1 localhost\n"


def test_names_that_do_not_resolve_are_told_by_name(master):
    """All of them, and only them."""
    master.table("names", ("localhost",), ("api.example.invalid",), ("vault.example.invalid",))
    code, output = master.run("bootstrap.sh")
    assert code == 1
    assert "these names do not resolve after 1 s: api.example.invalid vault.example.invalid\n" in output


def test_an_unsynchronised_clock_is_told(master):
    """The wait is bounded; TIME_SYNC=no skips it."""
    master.stub("timedatectl", "echo no")
    master.stub("chronyc", "exit 1")
    code, output = master.run("bootstrap.sh")
    assert code == 1
    assert "the clock is not synchronised after 1 s" in output
    master.stub("chronyc", "exit 0")
    assert master.run("bootstrap.sh")[0] == 0
    master.stub("chronyc", "exit 1")
    master.settings["TIME_SYNC"] = "no"
    assert master.run("bootstrap.sh")[0] == 0


def test_resolv_conf_is_chosen(master):
    """systemd-resolved's own file where there is one, else /etc/resolv.conf, else the path that was given."""
    link = master.etc / "resolv.conf"
    master.run("bootstrap.sh")
    assert link.readlink() == master.root / "etc/resolv.conf"
    run = master.root / "run/systemd/resolve/resolv.conf"
    run.parent.mkdir(parents=True)
    run.write_text("nameserver 10.0.0.2\n")
    master.run("bootstrap.sh")
    assert link.readlink() == run
    master.settings["RESOLV_CONF"] = "/nowhere"
    code, output = master.run("bootstrap.sh")
    assert (code, "/nowhere does not exist" in output) == (1, True)


def test_the_hostname_is_the_node_name(master):
    """A host that calls itself otherwise is renamed: certificates and node name are one literal."""
    master.settings["NODE_NAME"] = "master-0-example"
    master.run("bootstrap.sh")
    assert "hostnamectl set-hostname master-0-example" in master.calls


def test_settings_that_are_missing_are_named(master):
    """A step that lacks a setting names it; no settings at all name the file."""
    del master.settings["NAMES_TIMEOUT"]
    code, output = master.run("bootstrap.sh")
    assert code == 78
    assert "NAMES_TIMEOUT" in output
    shutil.rmtree(master.etc)
    env = {"PATH": os.environ["PATH"], "CLOUDGEN_ROOT": str(master.root)}
    scripts = subprocess.run([SCRIPT], env=env, capture_output=True, text=True, check=False)
    assert scripts.returncode == 78
    assert "bootstrap.env cannot be read" in scripts.stderr


SCRIPT = os.path.join(os.path.dirname(__file__), "../../cloudgen/scripts/bootstrap.sh")  # noqa: PTH118, PTH120


class Disk:
    """A real loop device and the settings that name it."""

    def __init__(self, sandbox: Sandbox, device: str) -> None:
        self.sandbox, self.device, self.mount = sandbox, device, sandbox.root / "var/lib/etcd"
        sandbox.settings |= {
            "ETCD_DISK": "yes",
            "ETCD_DISK_DEVICE": device,
            "ETCD_DISK_FILESYSTEM": "ext4",
            "ETCD_DISK_LABEL": f"cg{os.getpid() % 100000}",
            "ETCD_DATA_DIR": str(self.mount),
        }

    def value(self, tag: str) -> str:
        """A tag as blkid probes it."""
        argv = ["blkid", "-p", "-o", "value", "-s", tag, self.device]
        return subprocess.run(argv, capture_output=True, text=True, check=False).stdout.strip()

    def unmount(self) -> None:
        """Off the mount point, if it is there."""
        subprocess.run(["umount", self.mount], check=False, capture_output=True)


@pytest.fixture
def disk(master, tmp_path):
    image = tmp_path / "disk"
    with image.open("wb") as file:
        file.truncate(64 << 20)
    done = subprocess.run(["losetup", "-f", "--show", image], capture_output=True, text=True, check=False)
    if done.returncode:
        missing("loop device (needs root)")
    disk = Disk(master, done.stdout.strip())
    yield disk
    disk.unmount()
    subprocess.run(["losetup", "-d", disk.device], check=True)


def test_a_blank_disk_is_formatted_labelled_mounted(disk):
    """Once; and at the next run nothing happens to what is on it."""
    code, output = disk.sandbox.run("bootstrap.sh")
    assert code == 0, output
    assert disk.value("LABEL") == disk.sandbox.settings["ETCD_DISK_LABEL"]
    assert disk.mount.is_mount()
    assert stat.S_IMODE(disk.mount.stat().st_mode) == 0o700
    (disk.mount / "member").write_text("data")
    identity = disk.value("UUID")
    for _ in range(2):
        code, output = disk.sandbox.run("bootstrap.sh")
        assert code == 0, output
        assert (disk.mount / "member").read_text() == "data"
        disk.unmount()
    assert disk.value("UUID") == identity
    lines = [x for x in (disk.sandbox.root / "etc/fstab").read_text().splitlines() if str(disk.mount) in x]
    assert lines == [f"LABEL={disk.value('LABEL')} {disk.mount} ext4 defaults,nofail,x-systemd.device-timeout=60s 0 2"]


@pytest.mark.parametrize(
    "content",
    [["mkfs.ext4", "-q", "-L", "other"], ["mkfs.ext4", "-q"], ["mkswap"], ["sfdisk", "-q"]],
    ids=["other label", "no label", "swap", "partition table"],
)
def test_a_disk_that_holds_anything_is_never_formatted(disk, content):
    """Any signature, with another label or none: refused with what it holds, and every byte stays."""
    text = "label: gpt\n" if content[0] == "sfdisk" else None
    subprocess.run([*content, disk.device], input=text, text=True, check=True, capture_output=True)
    before = subprocess.run(["sha256sum", disk.device], capture_output=True, check=True).stdout
    code, output = disk.sandbox.run("bootstrap.sh")
    assert code == 1
    assert "is not blank and does not have the label" in output
    assert "not touched" in output
    assert subprocess.run(["sha256sum", disk.device], capture_output=True, check=True).stdout == before
    assert not disk.mount.is_mount()
    assert not [c for c in disk.sandbox.calls if "restart" in c]


def test_a_disk_that_cannot_be_read_is_not_blank(disk):
    """blkid's exit code 2 also means that it could not read: such a disk is not formatted."""
    disk.sandbox.stub("head", "exit 1")
    code, output = disk.sandbox.run("bootstrap.sh")
    assert (code, "cannot be read" in output) == (1, True)
    assert disk.value("TYPE") == ""


def test_etcd_data_on_the_root_disk_is_not_hidden(disk):
    """Files at the mount point are told, not mounted over."""
    disk.mount.mkdir(parents=True)
    (disk.mount / "member").mkdir()
    code, output = disk.sandbox.run("bootstrap.sh")
    assert (code, "mounting would hide them" in output) == (1, True)


def test_a_missing_disk_is_told(disk):
    """The wait for the device is bounded, and both its name and its label are told."""
    disk.sandbox.settings |= {"ETCD_DISK_DEVICE": "/dev/disk/by-id/virtio-absent", "DISK_TIMEOUT": "1"}
    code, output = disk.sandbox.run("bootstrap.sh")
    assert (code, "there is no device /dev/disk/by-id/virtio-absent" in output) == (1, True)


def test_await_tells_the_truth(master):
    """0 with done, 1 with failed or a failed unit, 2 when the time is up; the markers are shown."""
    master.stub("systemctl", "echo activating")
    master.settings["BOOTSTRAP_TIMEOUT"] = "1"
    (master.state / "bootstrap.log").write_text("t STEP names\n")
    code, output = master.run("await.sh")
    assert (code, "did not end within 1 s" in output, "STEP names" in output) == (2, True, True)
    (master.state / "failed").write_text("step=unwrap\ncode=30\n")
    assert master.run("await.sh")[0] == 2, "the marker of an older run does not count while a new one is at work"
    master.stub("systemctl", "echo failed; exit 3")
    code, output = master.run("await.sh")
    assert (code, "step=unwrap" in output) == (1, True)
    (master.state / "failed").unlink()
    assert master.run("await.sh")[0] == 1
    (master.state / "done").write_text("time=now\n")
    assert master.run("await.sh")[0] == 0


def test_await_ends_with_the_bootstrap(master):
    """It waits for a bootstrap that is still at work."""
    master.stub("systemctl", "echo activating")
    with master.start("await.sh") as waiting:
        time.sleep(0.5)
        (master.state / "done").write_text("time=now\n")
        assert waiting.wait(timeout=10) == 0
