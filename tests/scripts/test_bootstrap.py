"""bootstrap.sh and await.sh: steps, markers, repetition."""

import os
import shutil
import signal
import stat
import subprocess
import time

from tests.scripts.sandbox import SCRIPTS, Sandbox


def failed(sandbox: Sandbox) -> str:
    return (sandbox.state / "failed").read_text()


def test_a_good_run_leaves_done(booting):
    """All steps pass: the done marker, units enabled and started without waiting, daemon-reload before them."""
    code, output = booting.run("bootstrap.sh")
    assert code == 0, output
    assert (booting.state / "done").read_text().startswith("time=")
    assert not (booting.state / "failed").exists()
    units = "containerd.service key-keeper.service kubelet.service"
    calls = [c for c in booting.calls if c.startswith("systemctl")]
    assert calls[-3:] == [
        "systemctl daemon-reload",
        f"systemctl enable {units}",
        f"systemctl restart --no-block {units}",
    ]
    assert output in (booting.state / "bootstrap.log").read_text()


def test_steps_run_in_the_order_of_the_contract(booting):
    """Unwrap comes before the disk and the downloads, units last."""
    _, output = booting.run("bootstrap.sh")
    steps = [line.split()[2] for line in output.splitlines() if line.split()[1] == "STEP"]
    order = "tools hostname kernel swap updates cas hosts time names unwrap disk resolv downloads units"
    assert steps == order.split()


def test_what_cloud_init_wrote_is_on_the_disk_first(booting):
    """Before any step, on each file system that may hold a part of it: a power cut would leave empty files for good."""
    booting.stub("sync", 'exec /bin/sync "$@"')
    assert booting.run("bootstrap.sh")[0] == 0
    assert booting.calls[0] == f"sync -f {booting.state} {booting.etc} {SCRIPTS}"


def test_what_a_full_disk_cuts_short_does_not_stay(booting):
    """No file under a temporary name, however often it is tried."""
    booting.stub("sync", "[[ $1 == -f ]]")
    assert [booting.run("bootstrap.sh")[0] for _ in range(2)] == [1, 1]
    assert list(booting.root.rglob("*.new")) == []


def test_a_failure_leaves_its_step_code_and_log(booting):
    """The failed marker: step, exit code, end of the log; a later run that succeeds takes it away."""
    (booting.state / "tokens").mkdir()
    (booting.state / "tokens/etcd").write_text("cloudgen:placeholder:bootstrap-token:master-0:etcd\n")
    folder = booting.settings["KEY_KEEPER_DIR"]
    booting.table("issuers", ("etcd", "etcd-master-0", "approle", "etcd-master-0", f"{folder}/r", f"{folder}/s"))
    code, _ = booting.run("bootstrap.sh")
    assert code == 20
    assert failed(booting).startswith("step=unwrap\ncode=20\ntime=")
    assert "rendered without secrets" in failed(booting)
    assert not [c for c in booting.calls if "restart" in c], "no unit starts after a failure"
    booting.table("issuers")
    assert booting.run("bootstrap.sh")[0] == 0
    assert not list(booting.state.glob("failed*"))


def test_what_no_package_brought_is_named(booting):
    """cloud-init only warns when packages fail; here it is told at once, before anything is changed."""
    booting.settings |= {"ETCD_DISK": "yes", "ETCD_DISK_FILESYSTEM": "absentfs"}
    code, output = booting.run("bootstrap.sh")
    assert (code, "not on this machine: mkfs.absentfs." in output) == (1, True)
    assert failed(booting).startswith("step=tools\n")


def test_etcd_s_folder_is_for_root_alone(booting):
    """Without a disk of its own as with one; kubelet would make it readable for all."""
    assert booting.run("bootstrap.sh")[0] == 0
    folder = booting.root / "var/lib/etcd"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_failure_deep_in_a_step_is_no_success(booting):
    """Every command of a step counts: the command that updates the trusted CAs fails, the run fails with its code."""
    booting.stub("update-cas", "exit 7")
    booting.settings["CA_UPDATE_COMMAND"] = "update-cas --fresh"
    code, _ = booting.run("bootstrap.sh")
    assert code == 7
    assert failed(booting).startswith("step=cas\ncode=7\n")
    assert "update-cas --fresh" in booting.calls


def test_two_runs_do_not_meet(booting):
    """A second run while the first is at work ends at once and touches no marker."""
    booting.settings["TIME_TIMEOUT"] = "30"
    booting.stub("timedatectl", "echo no")
    with booting.start("bootstrap.sh") as first:
        time.sleep(1)
        code, output = booting.run("bootstrap.sh")
        assert (code, "another run" in output) == (75, True)
        assert not (booting.state / "failed").exists()
        booting.stub("timedatectl", "echo yes")
        assert first.wait(timeout=30) == 0


def test_a_run_that_is_stopped_says_so(booting):
    """The unit's time limit (SIGTERM to all) leaves a failed marker with the step that was at work."""
    booting.settings["TIME_TIMEOUT"] = "30"
    booting.stub("timedatectl", "echo no")
    with booting.start("bootstrap.sh") as run:
        time.sleep(1)
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(run.pid)], capture_output=True, text=True, check=True
        )
        for pid in [run.pid, *map(int, children.stdout.split())]:
            os.kill(pid, signal.SIGTERM)
        assert run.wait(timeout=30) == 143
    assert failed(booting).startswith("step=time\ncode=143 (stopped by a signal")


def test_it_may_be_repeated(booting):
    """A second run, as after a power cut just before the done marker, changes no file."""
    (booting.etc / "hosts").write_text("10.0.0.1 master-0\n")
    booting.run("bootstrap.sh")
    files = [booting.root / "etc/hosts", booting.root / "etc/fstab"]
    before = [f.read_bytes() for f in files]
    (booting.state / "done").unlink()
    assert booting.run("bootstrap.sh")[0] == 0
    assert [f.read_bytes() for f in files] == before


def test_warnings_are_in_the_done_marker(booting):
    """A missing sysctl or module does not stop the machine, and is not hidden either."""
    booting.stub("modprobe", "[[ $* != *br_netfilter* ]]")
    booting.stub("sysctl", "[[ $* != *bridge* ]]")
    modules, sysctls = booting.root / "etc/modules-load.d/k8s.conf", booting.root / "etc/sysctl.d/99-network.conf"
    modules.parent.mkdir()
    sysctls.parent.mkdir()
    modules.write_text("# for pods\nsurely_not_loaded\nbr_netfilter\n")
    sysctls.write_text("# for pods\nnet.ipv4.ip_forward = 1\nnet.bridge.bridge-nf-call-iptables=1\n")
    assert booting.run("bootstrap.sh")[0] == 0
    assert "modprobe -- surely_not_loaded" in booting.calls
    assert "sysctl -q -w net.ipv4.ip_forward=1" in booting.calls
    assert "WARN kernel module br_netfilter was not loaded" in (booting.state / "done").read_text()
    assert "WARN sysctl net.bridge.bridge-nf-call-iptables was not set" in (booting.state / "done").read_text()


def test_swap_is_off_now_and_later(booting):
    """swapoff, fstab lines commented once, swap units masked."""
    fstab = booting.root / "etc/fstab"
    fstab.write_text(
        "LABEL=root / ext4 defaults 0 1\n/dev/vda2 none swap sw 0 0\n"
        "#/old none swap sw 0 0\n/swapfile swap swap\tdefaults 0 0\n"
    )
    booting.stub("systemctl", '[[ $1 != list-units ]] || echo "dev-zram0.swap loaded active active zram"')
    booting.run("bootstrap.sh")
    assert "swapoff -a" in booting.calls
    assert "systemctl mask dev-zram0.swap" in booting.calls
    assert fstab.read_text().splitlines()[1:] == [
        "#cloudgen: /dev/vda2 none swap sw 0 0",
        "#/old none swap sw 0 0",
        "#cloudgen: /swapfile swap swap\tdefaults 0 0",
    ]


def test_swap_that_stays_on_is_told(booting):
    """kubelet would refuse to start later; here it is told now."""
    (booting.root / "proc/swaps").write_text("Filename\n/dev/vda2 partition 1 0 -2\n")
    code, output = booting.run("bootstrap.sh")
    assert code == 1
    assert "swap is still on: /dev/vda2" in output


def test_swap_may_be_kept(booting):
    """SWAP=keep leaves it alone."""
    booting.settings["SWAP"] = "keep"
    (booting.root / "proc/swaps").write_text("Filename\n/dev/vda2 partition 1 0 -2\n")
    assert booting.run("bootstrap.sh")[0] == 0
    assert "swapoff -a" not in booting.calls


def test_automatic_updates_are_masked(booting):
    """Those that may be are stopped first: a timer that is masked while it runs counts as failed. Others run on."""
    booting.settings["AUTO_UPDATES_UNITS"] = "apt-daily.timer unattended-upgrades.service"
    booting.settings["AUTO_UPDATES_STOP"] = "apt-daily.timer"
    booting.run("bootstrap.sh")
    calls = [c for c in booting.calls if "apt" in c or "unattended" in c]
    assert calls == [
        "systemctl stop apt-daily.timer",
        "systemctl mask apt-daily.timer",
        "systemctl mask unattended-upgrades.service",
    ]


def test_the_time_service_hears_of_its_servers(booting):
    """It may run since before they were named; and it may not be there."""
    booting.settings["TIME_UNIT"] = "chronyd.service"
    assert booting.run("bootstrap.sh")[0] == 0
    assert "systemctl try-restart chronyd.service" in booting.calls


def test_tools_of_the_family_are_looked_for(booting):
    """One that is absent ends the run at once, by name."""
    booting.settings["TOOLS"] = "curl no-such-tool"
    code, said = booting.run("bootstrap.sh")
    assert code == 1
    assert "not on this machine: no-such-tool" in said


def test_the_hosts_block_comes_changes_and_goes(booting):
    """One block between its marks; the rest of the file is the user's."""
    hosts, block = booting.root / "etc/hosts", booting.etc / "hosts"
    for text in ("10.0.0.1 master-0\n10.0.0.2 master-1\n", "10.0.0.9 master-0\n"):
        block.write_text(text)
        booting.run("bootstrap.sh")
        assert hosts.read_text() == f"127.0.0.1 localhost\n# cloudgen:begin\n{text}# cloudgen:end\n"
        assert stat.S_IMODE(hosts.stat().st_mode) == 0o644
    block.unlink()
    booting.run("bootstrap.sh")
    assert hosts.read_text() == "127.0.0.1 localhost\n"


def test_a_block_without_its_end_takes_nothing_along(booting):
    """Its last mark was lost by hand: what stands behind it may be the user's, and stays."""
    hosts = booting.root / "etc/hosts"
    (booting.etc / "hosts").write_text("10.0.0.1 master-0\n")
    hosts.write_text("127.0.0.1 localhost\n# cloudgen:begin\n10.0.0.7 old\n10.9.9.9 registry\n")
    booting.run("bootstrap.sh")
    block = "# cloudgen:begin\n10.0.0.1 master-0\n# cloudgen:end\n"
    assert hosts.read_text() == f"127.0.0.1 localhost\n10.0.0.7 old\n10.9.9.9 registry\n{block}"


def test_a_file_is_replaced_whole_or_not_at_all(booting):
    """What is written is put in place by its last act: cut off before, the old file is there, to the byte."""
    hosts = booting.root / "etc/hosts"
    (booting.etc / "hosts").write_text("10.0.0.1 master-0\n")
    booting.stub("mv", "exit 1")
    assert booting.run("bootstrap.sh")[0] != 0
    assert hosts.read_text() == "127.0.0.1 localhost\n"


def test_a_name_that_comes_late_is_seen(booting):
    """systemd-resolved's memory of a name that was not there yet is wiped before the next look."""
    booting.table("names", ("late.example.org",))
    booting.settings["NAMES_TIMEOUT"] = "5"
    booting.stub("resolvectl", "")
    booting.stub("getent", f"grep -q '^resolvectl flush-caches' '{booting.root}/calls'")
    assert booting.run("bootstrap.sh")[0] == 0
    assert [call for call in booting.calls if call.startswith("resolvectl")] == ["resolvectl flush-caches"]


def test_names_that_do_not_resolve_are_told_by_name(booting):
    """All of them, and only them."""
    booting.table("names", ("localhost",), ("api.example.invalid",), ("vault.example.invalid",))
    code, output = booting.run("bootstrap.sh")
    assert code == 1
    assert "these names do not resolve after 1 s: api.example.invalid vault.example.invalid\n" in output


def test_an_unsynchronised_clock_is_told(booting):
    """The wait is bounded; TIME_SYNC=no skips it."""
    booting.stub("timedatectl", "echo no")
    booting.stub("chronyc", "exit 1")
    code, output = booting.run("bootstrap.sh")
    assert code == 1
    assert "the clock is not synchronised after 1 s" in output
    booting.stub("chronyc", "exit 0")
    assert booting.run("bootstrap.sh")[0] == 0
    booting.stub("chronyc", "exit 1")
    booting.settings["TIME_SYNC"] = "no"
    assert booting.run("bootstrap.sh")[0] == 0


def test_resolv_conf_is_chosen(booting):
    """systemd-resolved's own file where there is one, else /etc/resolv.conf, else the path that was given."""
    link = booting.etc / "resolv.conf"
    booting.run("bootstrap.sh")
    assert link.readlink() == booting.root / "etc/resolv.conf"
    run = booting.root / "run/systemd/resolve/resolv.conf"
    run.parent.mkdir(parents=True)
    run.write_text("nameserver 10.0.0.2\n")
    booting.run("bootstrap.sh")
    assert link.readlink() == run
    booting.settings["RESOLV_CONF"] = "/nowhere"
    code, output = booting.run("bootstrap.sh")
    assert (code, "/nowhere does not exist" in output) == (1, True)


def test_the_hostname_is_the_node_name(booting):
    """A host that calls itself otherwise is renamed: certificates and node name are one literal."""
    booting.settings["NODE_NAME"] = "master-0-example"
    booting.run("bootstrap.sh")
    assert "hostnamectl set-hostname master-0-example" in booting.calls


def test_settings_that_are_missing_are_named(booting):
    """A step that lacks a setting names it; no settings at all name the file."""
    del booting.settings["NAMES_TIMEOUT"]
    code, output = booting.run("bootstrap.sh")
    assert code == 78
    assert "NAMES_TIMEOUT" in output
    shutil.rmtree(booting.etc)
    env = {"PATH": os.environ["PATH"], "CLOUDGEN_ROOT": str(booting.root)}
    scripts = subprocess.run([SCRIPTS / "bootstrap.sh"], env=env, capture_output=True, text=True, check=False)
    assert scripts.returncode == 78
    assert "bootstrap.env cannot be read" in scripts.stderr
