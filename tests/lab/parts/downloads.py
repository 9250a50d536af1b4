"""What a rendered machine downloads, in the form its publisher gives it, under the paths that the machine asks for."""

import gzip
import hashlib
import tarfile
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from cloudgen.pieces import File, Node
from tests.lab.parts.cache import kept
from tests.lab.parts.keeper import key_keeper

_TABLE: Final = "/etc/cloudgen/downloads"
_CONTAINERD: Final = ("containerd", "containerd-shim", "containerd-shim-runc-v1", "containerd-shim-runc-v2", "ctr")


class Row(NamedTuple):
    """A line of the rendered table."""

    name: str
    url: str
    checksum: str
    member: str
    destination: str
    mode: str

    @property
    def path(self) -> str:
        """Where the mirror has it."""
        return urlsplit(self.url).path

    @property
    def sums(self) -> str:
        """Where the mirror has the publisher's checksums; empty where the table holds the checksum itself."""
        kind, _, url = self.checksum.partition(":")
        return urlsplit(url).path if kind == "published" else ""


def rows(node: Node) -> list[Row]:
    """The rendered table."""
    (table,) = [file.content for file in node.of(File) if file.path == _TABLE]
    assert isinstance(table, str)
    return [Row(*line.split("\t")) for line in table.splitlines() if not line.startswith("#")]


def downloads(cache: Path, programs: Mapping[str, Path], node: Node) -> dict[str, Path]:
    """Files by the path of their URL, checksum files among them."""
    return {path: file for row in rows(node) for path, file in _served(cache, programs, row)}


def _served(cache: Path, programs: Mapping[str, Path], row: Row) -> Iterator[tuple[str, Path]]:
    file = _file(cache, programs, row)
    yield row.path, file
    if row.sums:
        text = _SUMS.get(row.name, _named)(PurePosixPath(row.path).name, _sha256(file))
        yield row.sums, kept(cache, f"sums-{row.name}-*", [text], lambda draft: draft.write_text(text))


def _file(cache: Path, programs: Mapping[str, Path], row: Row) -> Path:
    if row.name == "key-keeper":
        data = key_keeper()
        return kept(cache, "key-keeper-*", [data], lambda draft: draft.write_bytes(data))
    if row.member == "-":
        return programs[row.name]
    folder, members = PurePosixPath(row.member).parent, _MEMBERS[row.name]
    files = {str(folder / member): programs[member] for member in members}
    sources = [f"{name} {file}" for name, file in files.items()]
    return kept(cache, f"{row.name}-*.tar.gz", sources, lambda draft: _packed(files, draft))


_MEMBERS: Final = {"containerd": _CONTAINERD, "etcdctl": ("etcd", "etcdctl", "etcdutl")}
"""Programs in an archive; more than the machine takes, as the publisher's."""


def _packed(files: Mapping[str, Path], target: Path) -> None:
    with gzip.GzipFile(target, "wb", compresslevel=1, mtime=0) as stream, tarfile.open(fileobj=stream, mode="w") as tar:
        for name, file in files.items():
            tar.add(file, name)


def _bare(name: str, digest: str) -> str:
    return digest


def _named(name: str, digest: str) -> str:
    return f"{digest}  {name}\n"


def _among_others(name: str, digest: str) -> str:
    others = "".join(
        _named(f"{kind}-of-the-same-release", hashlib.sha256(kind.encode()).hexdigest()) for kind in ("a", "z")
    )
    first, last = others.splitlines(keepends=True)
    return first + _named(name, digest) + last


_SUMS: Final = {"kubelet": _bare, "kubectl": _bare, "runc": _among_others, "etcdctl": _among_others}
"""Forms of checksum files: the digest alone (dl.k8s.io), a line for each file of a release, one line with a name."""


@lru_cache
def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
