"""download.sh against a real HTTP server."""

import hashlib
import io
import os
import socket
import stat
import tarfile
from pathlib import Path

import pytest

from tests.scripts.sandbox import Sandbox


@pytest.fixture
def target(sandbox):
    return sandbox.root / "usr/local/bin"


def publish(folder: Path, name: str, data: bytes) -> str:
    (folder / name).write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def archive(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name.replace("__", "/"))
            info.size, info.uid, info.gid = len(data), 12345, 12345
            tar.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("bin/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    return buffer.getvalue()


def leftovers(sandbox: Sandbox) -> list[Path]:
    return list(sandbox.root.rglob(".cloudgen-*"))


def test_a_file_is_installed_with_its_mode(sandbox, site, target):
    """A file whose sha256 holds is put in place, executable, with nothing left beside it."""
    url, folder, _ = site
    digest = publish(folder, "kubectl", b"binary")
    sandbox.table(
        "downloads", ("kubectl", f"{url}/kubectl", f"sha256:{digest.upper()}", "-", f"{target}/kubectl", "0755")
    )
    code, output = sandbox.run("download.sh")
    assert code == 0, output
    assert (target / "kubectl").read_bytes() == b"binary"
    assert stat.S_IMODE((target / "kubectl").stat().st_mode) == 0o755
    assert not leftovers(sandbox)


def test_a_wrong_sum_installs_nothing_and_the_others_are(sandbox, site, target):
    """What does not match is thrown away, an old file stays, the other rows are installed, all failures are named."""
    url, folder, _ = site
    publish(folder, "bad", b"tampered")
    good = publish(folder, "good", b"good")
    target.mkdir(parents=True)
    (target / "bad").write_text("old")
    sandbox.table(
        "downloads",
        ("bad", f"{url}/bad", "sha256:" + "0" * 64, "-", f"{target}/bad", "0755"),
        ("good", f"{url}/good", f"sha256:{good}", "-", f"{target}/good", "0755"),
    )
    code, output = sandbox.run("download.sh")
    assert code == 40
    assert "not installed: bad\n" in output
    assert "bad: sha256 is " in output
    assert (target / "bad").read_text() == "old"
    assert (target / "good").exists()
    assert not leftovers(sandbox)


def test_a_second_run_downloads_nothing(sandbox, site, target):
    """A record of row and sums makes the step idempotent; a damaged file or a changed row is fetched again."""
    url, folder, asked = site
    digest = publish(folder, "runc", b"one")
    sandbox.table("downloads", ("runc", f"{url}/runc", f"sha256:{digest}", "-", f"{target}/runc", "0755"))
    sandbox.run("download.sh")
    sandbox.run("download.sh")
    assert len(asked) == 1
    (target / "runc").write_text("damaged")
    sandbox.run("download.sh")
    assert (target / "runc").read_bytes() == b"one"
    digest = publish(folder, "runc", b"two")
    sandbox.table("downloads", ("runc", f"{url}/runc", f"sha256:{digest}", "-", f"{target}/runc", "0755"))
    sandbox.run("download.sh")
    assert (target / "runc").read_bytes() == b"two"


@pytest.mark.parametrize(
    "sums",
    [
        "{hex}",
        "{hex}\n",
        "{hex}  tool-v1.tgz\n",
        "{upper} *tool-v1.tgz\n",
        "{other}  tool-v0.tgz\n{hex}  ./tool-v1.tgz\n{other}  tool-v2.tgz\n",
        "{hex}  named-differently\n",
    ],
)
def test_the_publishers_sum_is_found(sandbox, site, target, sums):
    """Bare hex, `hex  name`, `hex *name`, the right line of many, or the only line."""
    url, folder, _ = site
    digest = publish(folder, "tool-v1.tgz", b"tool")
    text = sums.format(hex=digest, upper=digest.upper(), other="1" * 64)
    publish(folder, "sums", text.encode())
    row = ("tool", f"{url}/tool-v1.tgz?signature=x", f"published:{url}/sums", "-", f"{target}/tool", "0755")
    sandbox.table("downloads", row)
    code, output = sandbox.run("download.sh")
    assert code == 0, output
    assert "signature" not in output


@pytest.mark.parametrize("sums", ["", "<html>404</html>", "{wrong}  tool\n", "{wrong}  a\n{wrong}  b\n"])
def test_a_publishers_sum_that_does_not_help_is_a_failure(sandbox, site, target, sums):
    """No sum, no file of sums, or only other names: nothing is installed."""
    url, folder, _ = site
    publish(folder, "tool", b"tool")
    publish(folder, "sums", sums.format(wrong="1" * 64).encode())
    sandbox.table("downloads", ("tool", f"{url}/tool", f"published:{url}/sums", "-", f"{target}/tool", "0755"))
    assert sandbox.run("download.sh")[0] == 40
    assert not (target / "tool").exists()


def test_a_failure_shows_no_secret_of_its_url(sandbox, site, target):
    """Neither a password nor a signature of a URL reaches the log, be it the file's or that of its sums."""
    url, folder, _ = site
    publish(folder, "tool", b"tool")
    secret = url.replace("://", "://me:hidden@")
    there = ("there", f"{secret}/tool?signature=hidden", f"published:{secret}/none?signature=hidden")
    absent = ("absent", f"{secret}/none?signature=hidden#hidden", f"sha256:{'0' * 64}")
    sandbox.table("downloads", *((*row, "-", f"{target}/{row[0]}", "0755") for row in (there, absent)))
    code, output = sandbox.run("download.sh")
    assert code == 40
    assert f"attempt 1 at {url}/none failed" in output
    assert f"there: no sha256 for it at {url}/none\n" in output
    assert "hidden" not in output


def test_unverified_is_loud(sandbox, site, target):
    """A row without a checksum installs with a warning that nobody overlooks."""
    url, folder, _ = site
    publish(folder, "tool", b"tool")
    sandbox.table("downloads", ("tool", f"{url}/tool", "unverified", "-", f"{target}/tool", "0755"))
    code, output = sandbox.run("download.sh")
    assert code == 0
    assert "WARN tool: NOT VERIFIED" in output


def test_one_member_of_an_archive(sandbox, site, target):
    """A member is taken out of a tar.gz under the name of the destination."""
    url, folder, _ = site
    digest = publish(folder, "etcd.tar.gz", archive(etcd__etcdctl=b"ctl", etcd__README=b"no"))
    sandbox.table(
        "downloads", ("etcdctl", f"{url}/etcd.tar.gz", f"sha256:{digest}", "etcd/etcdctl", f"{target}/etcdctl", "0755")
    )
    code, output = sandbox.run("download.sh")
    assert code == 0, output
    assert [p.name for p in target.iterdir()] == ["etcdctl"]


def test_all_files_of_a_folder_of_an_archive(sandbox, site, target):
    """A pattern installs every regular file of the folder into the destination folder; links stay behind."""
    url, folder, _ = site
    digest = publish(folder, "containerd.tar.gz", archive(bin__containerd=b"c", bin__ctr=b"t", other=b"o"))
    sandbox.table(
        "downloads", ("containerd", f"{url}/containerd.tar.gz", f"sha256:{digest}", "bin/*", str(target), "0755")
    )
    code, output = sandbox.run("download.sh")
    assert code == 0, output
    assert sorted(p.name for p in target.iterdir()) == ["containerd", "ctr"]


@pytest.mark.parametrize("member", ["bin/absent", "none/*"])
def test_an_archive_without_the_member_is_told(sandbox, site, target, member):
    """An archive of another layout is a failure that names the member."""
    url, folder, _ = site
    digest = publish(folder, "a.tar.gz", archive(bin__x=b"x"))
    sandbox.table("downloads", ("a", f"{url}/a.tar.gz", f"sha256:{digest}", member, str(target / "a"), "0755"))
    code, output = sandbox.run("download.sh")
    assert code == 40
    assert f"holds no file '{member}'" in output


def test_what_an_archive_holds_is_root_s(sandbox, site, target):
    """The publisher's numbers of users are not those of this machine."""
    url, folder, _ = site
    digest = publish(folder, "a.tar.gz", archive(x=b"x"))
    sandbox.table("downloads", ("x", f"{url}/a.tar.gz", f"sha256:{digest}", "x", f"{target}/x", "0755"))
    assert sandbox.run("download.sh")[0] == 0
    assert ((target / "x").stat().st_uid, (target / "x").stat().st_gid) == (os.getuid(), os.getgid())


def test_a_server_that_says_nothing_is_left(sandbox, target):
    """Each attempt has a limit: a mirror that hangs does not hold up the bootstrap."""
    sandbox.settings["DOWNLOAD_TIMEOUT"] = "1"
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        sandbox.table("downloads", ("x", url, "unverified", "-", f"{target}/x", "0755"))
        with sandbox.start("download.sh") as process:
            output, _ = process.communicate(timeout=20)
    assert process.returncode == 40
    assert output.count("curl exit 28") == 4


def test_a_missing_file_on_the_server_is_not_asked_for_again(sandbox, site, target):
    """404 is final: one request, told with its status."""
    url, _, asked = site
    sandbox.table("downloads", ("gone", f"{url}/gone", "unverified", "-", f"{target}/gone", "0755"))
    code, output = sandbox.run("download.sh")
    assert (code, len(asked)) == (40, 2)  # the server notes request and error
    assert "HTTP 404" in output
    assert not (target / "gone").exists()


def test_what_a_power_cut_left_is_cleared(sandbox, site, target):
    """A half download of an earlier boot is no obstacle and does not stay."""
    url, folder, _ = site
    digest = publish(folder, "runc", b"one")
    (target / ".cloudgen-runc").mkdir(parents=True)
    (target / ".cloudgen-runc/file").write_text("half")
    sandbox.table("downloads", ("runc", f"{url}/runc", f"sha256:{digest}", "-", f"{target}/runc", "0755"))
    assert sandbox.run("download.sh")[0] == 0
    assert not leftovers(sandbox)


def test_the_proxy_of_its_own_file_is_used(sandbox, site, target):
    """proxy.env is for downloads: curl asks the proxy for the whole address."""
    url, _, asked = site
    (sandbox.etc / "proxy.env").write_text(f'HTTP_PROXY="{url}"\nNO_PROXY="localhost"\n')
    sandbox.table("downloads", ("x", "http://mirror.invalid/x", "unverified", "-", f"{target}/x", "0755"))
    sandbox.run("download.sh")
    assert asked, "the server stood in for the proxy"
