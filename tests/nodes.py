"""Nodes for several tests: one with every kind of piece, nasty contents, and hypothesis strategies."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from hypothesis import strategies as st

from cloudgen.assemble import lower
from cloudgen.pieces import (
    Command,
    Directory,
    Disk,
    File,
    Hostname,
    KernelModule,
    Node,
    Package,
    Sysctl,
    TrustedCA,
    Unit,
    User,
)
from cloudgen.secrets import SecretRef

EVERY_KIND = (
    File(path="/etc/motd", content="hello\n"),
    File(path="/etc/token", content=SecretRef("bootstrap-token", "master-0", "etcd-peer"), mode=0o600),
    File(path="/etc/kubernetes/a.yaml", content="a: ${B}\nc: {{d}}\n", mode=0o640, group="ops"),
    File(path="/usr/local/bin/x", content=b"\x7fELF\x00\xff", mode=0o755),
    Directory(path="/var/lib/x", mode=0o700),
    Unit(name="kubelet.service", text="[Service]\nExecStart=/usr/bin/kubelet $ARGS\n", after_bootstrap=True),
    Unit(name="bootstrap.service", text="[Service]\nExecStart=/bin/true\n", enabled=True),
    Unit(name="chrony.service", enabled=True),
    KernelModule(name="overlay"),
    KernelModule(name="br_netfilter"),
    Sysctl(key="net.ipv4.ip_forward", value="1"),
    Hostname(name="master-0-example"),
    User(name="ops", ssh_keys=("ssh-ed25519 AAAA ops@example",), groups=("adm", "sudo"), sudo=True),
    Disk(device="/dev/disk/by-id/virtio-etcd", filesystem="ext4", label="etcd", mount="/var/lib/etcd"),
    Package(name="curl"),
    TrustedCA(name="example", pem="-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
    Command(argv=("echo", "it's", "$HOME", "a\nb"), rank=20),
    Command(argv=("install", "-d", "-m", "0700", "-o", "root", "-g", "root", "/srv"), rank=30),
)

CONTENTS: Final[Mapping[str, str | bytes]] = {
    "empty": "",
    "no-newline": "a: 1",
    "only-newlines": "\n\n\n",
    "leading-newline": "\na\n",
    "many-final-newlines": "a\n\n\n",
    "leading-spaces": "    a\n  b\n",
    "leading-tab": "\ta\n\tb\n",
    "inner-tab": "a:\n\tb\n",
    "trailing-spaces": "a  \nb\n  \n",
    "crlf": "a\r\nb\r\n",
    "cr": "a\rb",
    "bom": "\ufeffa: 1\n",
    "nul": "a\0b\n",
    "control": "a\x1b[31mb\x07\n",
    "terraform": "${a} $${b} %{if c} $HOME $\n",
    "jinja": "{{ a }} {% raw %}\n",
    "jinja-header": "## template: jinja\n{{ a }}\n",
    "document": "---\na: 1\n...\n---\nb\n",
    "comment": "# a\n#cloud-config\n",
    "mime": "--cloudgen\nContent-Type: text/plain\n\n--cloudgen--\n",
    "long-line": "x" * 5000 + " " + "y" * 5000 + "\nz\n",
    "line-separator": "a\u2028b\u2029c\n",
    "next-line": "a\u0085b\n",
    "emoji": "\U0001f600 gr\u00fc\u00df \u0436\n",
    "no-break-space": "a\u00a0b\u200b\n",
    "noncharacter": "\ufffe\uffff\ufdd0\n",
    "yes": "yes",
    "octal": "0644",
    "null": "~",
    "date": "2026-01-01",
    "sexagesimal": "12:30:45",
    "equals": "=",
    "merge": "<<",
    "quotes": "\"'\\\n",
    "colon": "a: b: c",
    "invalid-utf8": b"a\xff\xfe\n",
    "gzip-like": b"\x1f\x8b\x08\x00",
    "all-bytes": bytes(range(256)),
}
"""Contents that some format, reader or carrier trips over."""

NASTY = tuple(File(path=f"/nasty/{name}", content=content) for name, content in CONTENTS.items())

UNICODE = st.characters(codec="utf-8")
_LINES = st.lists(
    st.text(alphabet=st.one_of(st.sampled_from(" \t#-:|>\r\ufeff\u2028\u0085\"'\\${}%"), UNICODE), max_size=20),
    max_size=8,
)
TEXTS: st.SearchStrategy[str] = st.one_of(
    st.text(alphabet=UNICODE),
    _LINES.map("\n".join),
    st.sampled_from([c for c in CONTENTS.values() if isinstance(c, str)]),
)
CONTENT: st.SearchStrategy[str | bytes] = st.one_of(
    TEXTS.filter(lambda text: SecretRef.from_placeholder(text) is None),
    st.binary(max_size=200),
)
_WORD = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
_PATH = st.lists(_WORD, min_size=1, max_size=4).map(lambda words: "/" + "/".join(words))
_MODE = st.integers(0, 0o7777)
_REF = st.builds(SecretRef, st.sampled_from(["bootstrap-token", "named"]), _WORD, _WORD)
_ARG = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
PIECE = st.one_of(
    st.builds(File, path=_PATH, content=CONTENT, mode=_MODE, owner=_WORD, group=_WORD),
    st.builds(File, path=_PATH, content=_REF, mode=st.just(0o600)),
    st.builds(Directory, path=_PATH, mode=_MODE, owner=_WORD, group=_WORD),
    st.builds(Unit, name=_WORD, text=_ARG, enabled=st.booleans(), after_bootstrap=st.booleans()),
    st.builds(KernelModule, name=_WORD),
    st.builds(Sysctl, key=_WORD, value=_WORD),
    st.builds(Hostname, name=_WORD),
    st.builds(
        User,
        name=_WORD,
        ssh_keys=st.lists(_ARG, max_size=2).map(tuple),
        groups=st.lists(_WORD, max_size=2).map(tuple),
        sudo=st.booleans(),
        shell=_PATH,
    ),
    st.builds(Disk, device=_PATH, filesystem=st.sampled_from(["ext4", "xfs"]), label=_WORD, mount=_PATH),
    st.builds(Package, name=_WORD),
    st.builds(TrustedCA, name=_WORD, pem=_ARG),
    st.builds(Command, argv=st.lists(_ARG, min_size=1, max_size=4).map(tuple), rank=st.integers(-5, 5)),
    st.sampled_from(EVERY_KIND),
)
# Two disks of one label are a fault that `assemble` tells; no format can say them apart.
PIECES = st.lists(PIECE, max_size=12, unique_by=lambda piece: piece.label if isinstance(piece, Disk) else id(piece))


def sayable(node: Node, format_: str) -> Node:
    """What a format can say of a node: Ignition knows no packages."""
    lowered = lower(node)
    said = (p for p in lowered.pieces if not (format_ == "ignition" and isinstance(p, Package)))
    return replace(lowered, pieces=tuple(said))


def bytes_of(file: File) -> bytes:
    """What a file holds on the disk; of a secret its placeholder."""
    content = file.content.placeholder() if isinstance(file.content, SecretRef) else file.content
    return content if isinstance(content, bytes) else content.encode()
