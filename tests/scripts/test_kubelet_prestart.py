"""kubelet-prestart.sh: what kubelet waits for, and what it refuses."""

import socket
import subprocess
import threading

import pytest

from tests.scripts.certificates import DAY, NOW, certificate, other_key


@pytest.fixture
def master(sandbox):
    """A sandbox with an empty PKI table and a socket that answers something that is no HTTP, as containerd does."""
    path = sandbox.root / "run/containerd.sock"
    path.parent.mkdir()
    sandbox.settings |= {
        "CONTAINERD_SOCKET": f"unix://{path}",
        "CONTAINERD_TIMEOUT": "1",
        "ETCD_DISK": "no",
        "RESOLV_LINK": str(sandbox.etc / "resolv.conf"),
    }
    (sandbox.root / "etc/resolv.conf").write_text("nameserver 10.0.0.2\n")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        server.settimeout(0.2)
        stop = threading.Event()
        thread = threading.Thread(target=answer, args=(server, stop))
        thread.start()
        yield sandbox
        stop.set()
        thread.join()


def answer(server: socket.socket, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            client, _ = server.accept()
        except TimeoutError:
            continue
        with client:
            client.recv(1000)
            client.sendall(b"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x05\x00\x00@\x00")


def test_it_passes_when_all_is_there(master):
    """Runtime answers, PKI complete, resolv.conf linked: kubelet may start."""
    code, output = master.run("kubelet-prestart.sh")
    assert code == 0, output
    assert (master.etc / "resolv.conf").exists()


def test_two_may_link_at_once(master):
    """The bootstrap and kubelet's start may come to it at the same moment: neither takes the other's link away."""
    master.stub("ln", '/bin/ln "$@"; sleep 0.5')
    with master.start("kubelet-prestart.sh") as one, master.start("kubelet-prestart.sh") as other:
        said = [process.communicate(timeout=90)[0] for process in (one, other)]
    assert (one.returncode, other.returncode) == (0, 0), said
    assert (master.etc / "resolv.conf").is_symlink()


def test_without_its_disk_etcd_does_not_start_empty(master):
    """systemd is asked for the disk; without it nothing is waited for."""
    folder = master.root / "var/lib/etcd"
    folder.mkdir(parents=True)
    master.settings |= {"ETCD_DISK": "yes", "ETCD_DATA_DIR": str(folder), "ETCD_DISK_LABEL": "etcd"}
    code, output = master.run("kubelet-prestart.sh")
    assert code == 70
    assert f"etcd's disk (LABEL=etcd) is not mounted at {folder}" in output
    escaped = subprocess.run(["systemd-escape", "--path", folder], capture_output=True, text=True, check=True).stdout
    assert f"systemctl start {escaped.strip()}.mount" in master.calls


@pytest.mark.parametrize("there", [True, False], ids=["nobody listens", "no socket"])
def test_a_runtime_that_does_not_answer_is_told(master, there):
    """A socket file that nobody listens on is no runtime."""
    path = master.root / "run/other.sock"
    if there:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
    master.settings["CONTAINERD_SOCKET"] = str(path)
    code, output = master.run("kubelet-prestart.sh")
    assert (code, "containerd does not answer" in output) == (71, True)


def test_missing_certificates_are_listed(master):
    """The wait is bounded, and what is missing is told file by file."""
    master.table("pki", ("/nowhere/ca.pem", "ca", "-", "-", "-"), ("/nowhere/x.pem", "certificate", "-", "-", "-"))
    code, output = master.run("kubelet-prestart.sh")
    assert code == 72
    assert "/nowhere/ca.pem: missing\n/nowhere/x.pem: missing\n" in output


def test_a_pki_that_is_there_but_expired_does_not_keep_a_master_down(master):
    """After the wait kubelet starts, with a warning: files are renewed in place, and without kubelet nothing runs."""
    file = master.root / "ca.pem"
    file.write_bytes(certificate(other_key(), end=NOW - DAY))
    master.table("pki", (str(file), "ca", "-", "-", "-"))
    code, output = master.run("kubelet-prestart.sh")
    assert code == 0
    assert "ca.pem: has expired" in output
    assert "WARN starting with the faults above" in output
