"""etcd-snapshot.sh with a real etcd where one is found."""

import contextlib
import stat
import subprocess
import time
import urllib.request

import pytest

from tests.judging import judge
from tests.scripts.sandbox import Sandbox, free_port


@pytest.fixture
def etcd(tmp_path):
    """The address of a real etcd of one member on loopback."""
    binary, client, peer = judge("etcd"), free_port(), free_port()
    argv = [binary, f"--data-dir={tmp_path}/etcd", f"--listen-client-urls=http://127.0.0.1:{client}"]
    argv += [f"--advertise-client-urls=http://127.0.0.1:{client}", f"--listen-peer-urls=http://127.0.0.1:{peer}"]
    with (tmp_path / "log").open("w") as log, subprocess.Popen(argv, stdout=log, stderr=log) as process:
        for _ in range(100):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{client}/health", timeout=2):
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{client}"
        process.terminate()


def snapshots(sandbox: Sandbox) -> list[str]:
    return sorted(p.name for p in (sandbox.root / "snapshots").iterdir())


@pytest.mark.judge
def test_a_real_snapshot_is_saved_and_old_ones_go(sandbox, etcd):
    """Saved, checked, renamed, 0600; the newest ETCD_SNAPSHOT_KEEP stay."""
    sandbox.stub("etcdctl", f'exec {judge("etcdctl")} "$@"')
    folder = sandbox.root / "snapshots"
    folder.mkdir()
    for day in ("01", "02", "03"):
        (folder / f"etcd-202001{day}T000000Z.db").write_text("old")
    values = {"ETCD_SNAPSHOT_DIR": str(folder), "ETCD_SNAPSHOT_KEEP": "2", "ETCDCTL_ENDPOINTS": etcd}
    (sandbox.etc / "etcd-snapshot.env").write_text("".join(f'{k}="{v}"\n' for k, v in values.items()))
    code, output = sandbox.run("etcd-snapshot.sh")
    assert code == 0, output
    names = snapshots(sandbox)
    assert len(names) == 2
    assert names[0] == "etcd-20200103T000000Z.db"
    assert stat.S_IMODE((folder / names[1]).stat().st_mode) == 0o600


def test_a_damaged_snapshot_replaces_nothing(sandbox):
    """A snapshot that does not verify is not kept, and no older one is given up for it."""
    sandbox.stub("etcdctl", '[[ $2 == save ]] && echo half >"$3"')
    folder = sandbox.root / "snapshots"
    folder.mkdir()
    (folder / "etcd-20200101T000000Z.db").write_text("old")
    settings = {"ETCD_SNAPSHOT_DIR": str(folder), "ETCD_SNAPSHOT_KEEP": "1", "ETCDCTL_ENDPOINTS": "http://127.0.0.1:9"}
    sandbox.settings |= settings
    code, output = sandbox.run("etcd-snapshot.sh")
    assert (code, "the snapshot is damaged" in output) == (60, True)
    assert [n for n in snapshots(sandbox) if n.startswith("etcd-")] == ["etcd-20200101T000000Z.db"]
