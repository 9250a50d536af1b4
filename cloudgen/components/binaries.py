"""Binaries: where each is downloaded from, how it is verified, where it goes."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Final, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from cloudgen.component import Component
from cloudgen.facts import Facts
from cloudgen.kubernetes.official import OFFICIAL, Official, filled, is_version
from cloudgen.model import AbsolutePath, Line, Settings, Url, fault
from cloudgen.pieces import File, Piece
from cloudgen.report import Path, Problem, warning

_HEX: Final = 64
_PUBLISHED: Final = "published"
_PATTERN: Final = frozenset("*?[")
_HASHES = frozenset("0123456789abcdef")


def _checksum(value: str) -> str:
    if value != _PUBLISHED and (len(value) != _HEX or not set(value) <= _HASHES):
        raise fault("this is not a SHA-256 checksum", "write 64 lower-case hexadecimal digits, or published")
    return value


class Download(Settings):
    """One download, verified by a checksum unless it is said not to be."""

    version: Line | None = None
    """Version to install; by default the one that fits the Kubernetes version."""
    url: Url | None = None
    """Where it is; by default its official place. The name of the archive or binary comes last."""
    sha256: Annotated[Line, AfterValidator(_checksum)] | None = None
    """SHA-256 in hexadecimal, or `published`: the publisher's own checksum file, the default for official places."""
    unverified: bool = False
    """Install it without any checksum."""
    install: bool = True
    """false where the machine's image already brings it."""
    member: Line | None = None
    """Path inside a .tar.gz archive; empty for a bare binary."""


class ExtraDownload(Download):
    """A binary of your own."""

    path: AbsolutePath
    """Where it is installed."""


_ARCHIVES: Final = (".tar.gz", ".tgz", ".tar.xz", ".tar")


class Binaries(Settings, Component):
    """What is downloaded onto a machine."""

    arch: Literal["amd64", "arm64"] = "amd64"
    """Processor architecture: amd64 or arm64."""
    mirror: Url | None = None
    """Prefix of a mirror: https://host/path becomes <mirror>/host/path, for checksums too."""
    kubelet: Download = Download()
    """kubelet."""
    kubectl: Download = Download()
    """kubectl."""
    containerd: Download = Download()
    """containerd; its version is containerd.version."""
    runc: Download = Download()
    """runc."""
    crictl: Download = Download()
    """crictl."""
    etcdctl: Download = Download()
    """etcdctl."""
    key_keeper: Download = Download()
    """key-keeper; it has no official place: build it from its sources and say where it is."""
    extra: dict[Line, ExtraDownload] = Field(default_factory=dict)
    """Binaries of your own, by name."""

    @property
    def own_folder(self) -> str | None:
        """The folder that key-keeper is downloaded from: a place where files can be put, for it has no official one.

        None where it is not downloaded, or where its URL has a query, which may sign that file alone.
        """
        place = urlsplit(_mirrored(self.key_keeper.url or "", self.mirror))
        if not self.key_keeper.install or not place.hostname or place.query:
            return None
        # Nothing else of the path changes: to a server, `//` may be another place than `/`.
        return place._replace(path=f"{place.path.rpartition('/')[0]}/", fragment="").geturl()

    def pieces(self, facts: Facts) -> Iterator[Piece | Problem]:
        """The table of downloads, and what is doubtful about them."""
        rows = tuple(self._rows(facts))
        if self.containerd.version:
            message = "containerd's version decides its configuration too"
            yield Problem(message, ("binaries", "containerd", "version"), "write containerd: {version: ...} instead")
        yield from _in_one_place(rows)
        for row in rows:
            yield from row.problems()
            if row.download.install and facts.family.refuses(row.destination):
                message = (
                    f"{row.name} cannot be installed at {row.destination}: it is read-only on {facts.family.title}"
                )
                yield Problem(message, ("binaries", *row.key), f"put it into {facts.family.binaries}")
        table = "".join("\t".join(row.columns(self.mirror)) + "\n" for row in rows if row.checksum)
        head = "# name\turl\tchecksum\tmember\tdestination\tmode\n"
        # A URL may be signed, or hold a password.
        yield File(path=f"{facts.paths.config}/downloads", content=head + table, mode=0o600)

    def _rows(self, facts: Facts) -> Iterator["_Row"]:
        folder, versions = facts.paths.binaries, _versions(facts)
        for name, official in OFFICIAL.items():
            download: Download = getattr(self, name)
            places = filled(official, download.version or versions[name], self.arch)
            yield _Row(name, (name,), download, places, f"{folder}/{name}", versions[name])
        yield _Row("key-keeper", ("keyKeeper",), self.key_keeper, None, f"{folder}/key-keeper")
        for name, extra in self.extra.items():
            yield _Row(name, ("extra", name), extra, None, extra.path)


class _Row(NamedTuple):
    """One download with everything that is known of it."""

    name: str
    key: tuple[str, ...]
    download: Download
    official: Official | None
    place: str
    usual: str = ""

    @property
    def version(self) -> str:
        return self.download.version or self.usual

    @property
    def url(self) -> str:
        return self.download.url or (self.official.url if self.official else "")

    @property
    def checksum(self) -> str:
        """How the file is verified, as the script reads it; empty where nothing can be downloaded."""
        download = self.download
        if not download.install or not self.url:
            return ""
        if download.sha256 and download.sha256 != _PUBLISHED:
            return f"sha256:{download.sha256}"
        if self.official and not (download.url or download.unverified):
            return f"{_PUBLISHED}:{self.official.checksum}"
        if download.sha256 == _PUBLISHED:
            return f"{_PUBLISHED}:{self.url}.sha256"
        return "unverified" if download.unverified else ""

    @property
    def member(self) -> str:
        """What is taken out of the archive; empty for a bare binary."""
        if self.download.member:
            return self.download.member
        same = not self.download.url or urlsplit(self.url).path.endswith(_ARCHIVES)
        return self.official.member if self.official and same else ""

    @property
    def destination(self) -> str:
        """The file, or the folder that files whose names match a pattern are installed into."""
        return f"{self.place.rpartition('/')[0]}/" if set(self.member) & _PATTERN else self.place

    def problems(self) -> Iterator[Problem]:
        path: Path = ("binaries", *self.key)
        if not self.download.install:
            return
        if not self.url:
            yield Problem(f"{self.name} has no official place to download it from", path, _DEMAND_URL)
        elif not self.checksum:
            yield Problem(f"{self.name} comes from a place of your own and needs a checksum", path, _DEMAND)
        elif self.checksum == "unverified":
            yield warning(f"{self.name} is installed without any checksum", path, "write its sha256")
        if self.official and not self.download.url and not is_version(self.name, self.version):
            message = f"'{self.version}' is no version of {self.name} that its publisher has"
            yield Problem(message, (*path, "version"), f"write it in full, like {self.usual}")
        if not self.member and urlsplit(self.url).path.endswith(_ARCHIVES):
            yield Problem(f"{self.name} comes in an archive, of which no member is named", path, _DEMAND_MEMBER)
        host = urlsplit(self.url).hostname or ""
        if host.partition(".")[2] in _EXAMPLES or host in _EXAMPLES:
            yield warning(f"the address of {self.name} is only an example", (*path, "url"), _OWN_SERVER)

    def columns(self, mirror: str | None) -> tuple[str, ...]:
        kind, _, rest = self.checksum.partition(":")
        checksum = f"{kind}:{_mirrored(rest, mirror)}" if kind == _PUBLISHED else self.checksum
        return (self.name, _mirrored(self.url, mirror), checksum, self.member or "-", self.destination, "0755")


_OWN_SERVER: Final = "write the address and the sha256 of a server of yours"
_DEMAND_MEMBER: Final = "write member: and the binary's path inside the archive"
_DEMAND: Final = "write sha256: and its SHA-256, or unverified: true"
_BUILD: Final = (
    "build key-keeper from github.com/fraima/key-keeper, put it on a server of yours, write its url and sha256"
)
_DEMAND_URL: Final = f"write url: and sha256:, or install: false where the image brings it; {_BUILD}"
_EXAMPLES: Final = frozenset({"example.org", "example.com", "example.net"})


def _in_one_place(rows: Iterable[_Row]) -> Iterator[Problem]:
    """Downloads of which the last one would win."""
    first: dict[str, str] = {}
    for row in rows:
        name = first.setdefault(row.place, row.name) if row.download.install else row.name
        if name != row.name:
            message = f"{name} and {row.name} are both installed at {row.place}"
            yield Problem(message, ("binaries", *row.key), "choose another path, or say install: false of one")


def _mirrored(url: str, mirror: str | None) -> str:
    """A URL as the mirror has it; one that already lies on the mirror stays."""
    if not mirror or url.startswith(f"{mirror.rstrip('/')}/"):
        return url
    return f"{mirror.rstrip('/')}/{url.partition('://')[2]}"


def _versions(facts: Facts) -> dict[str, str]:
    release = str(facts.release)
    return {
        "kubelet": release,
        "kubectl": release,
        "containerd": str(facts.containerd_version),
        "runc": facts.companions.runc,
        "crictl": f"v{facts.companions.crictl}",
        "etcdctl": f"v{facts.etcd_version.bare}",
    }
