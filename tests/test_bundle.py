import hashlib
import io
import tarfile
from pathlib import Path

from cloudgen import bundle, resources

FOLDER = Path(bundle.__file__).parent / "scripts"


def test_it_holds_every_script_that_can_wait():
    """All scripts of the package but the one that fetches them, and the one that apt asks before."""
    with tarfile.open(fileobj=io.BytesIO(bundle.archive())) as tar:
        held = {member.name: (member, tar.extractfile(member)) for member in tar}
    assert set(held) == {path.name for path in FOLDER.glob("*.sh")} - {"fetch.sh", "apt-proxy.sh"}


def test_every_member_is_the_package_s():
    """Byte for byte, executable, root's, of no time."""
    with tarfile.open(fileobj=io.BytesIO(bundle.archive())) as tar:
        for member in tar:
            file = tar.extractfile(member)
            assert file is not None
            assert file.read().decode() == resources.text(f"scripts/{member.name}")
            assert (member.mode, member.uname, member.gname, member.mtime) == (0o755, "root", "root", 0)


def test_name_and_checksum_follow_from_the_bytes():
    """Another release's file has another name, so that both can lie on one server."""
    digest = hashlib.sha256(bundle.archive()).hexdigest()
    assert bundle.checksum() == digest
    assert bundle.file_name() == f"cloudgen-scripts-{digest[:16]}.tar"
