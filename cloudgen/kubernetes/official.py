"""Where the publishers of binaries have them, how these are verified, and how their versions are written."""

import re
from typing import Final, NamedTuple

_K8S: Final = "https://dl.k8s.io/{version}/bin/linux/{arch}"
_GITHUB: Final = "https://github.com"
_VERSION: Final = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+(-[a-z0-9.]+)?")


class Official(NamedTuple):
    """An official place: format strings over version, arch and bare (the version without its `v`)."""

    url: str
    checksum: str
    member: str = ""


OFFICIAL: Final = {
    "kubelet": Official(f"{_K8S}/kubelet", "{url}.sha256"),
    "kubectl": Official(f"{_K8S}/kubectl", "{url}.sha256"),
    "containerd": Official(
        f"{_GITHUB}/containerd/containerd/releases/download/v{{version}}/containerd-{{version}}-linux-{{arch}}.tar.gz",
        "{url}.sha256sum",
        "bin/*",
    ),
    "runc": Official(
        f"{_GITHUB}/opencontainers/runc/releases/download/{{version}}/runc.{{arch}}",
        f"{_GITHUB}/opencontainers/runc/releases/download/{{version}}/runc.sha256sum",
    ),
    "crictl": Official(
        f"{_GITHUB}/kubernetes-sigs/cri-tools/releases/download/{{version}}/crictl-{{version}}-linux-{{arch}}.tar.gz",
        "{url}.sha256",
        "crictl",
    ),
    "etcdctl": Official(
        f"{_GITHUB}/etcd-io/etcd/releases/download/{{version}}/etcd-{{version}}-linux-{{arch}}.tar.gz",
        f"{_GITHUB}/etcd-io/etcd/releases/download/{{version}}/SHA256SUMS",
        # Beside etcdctl there is etcdutl since v3.5; from v3.6 on only it checks and restores snapshots.
        "etcd-{version}-linux-{arch}/etcd[cu]tl",
    ),
}


def filled(official: Official, version: str, arch: str) -> Official:
    """The places of one version."""
    url = official.url.format(version=version, arch=arch)
    return Official(
        url,
        official.checksum.format(url=url, version=version, arch=arch),
        official.member.format(version=version, arch=arch),
    )


def is_version(name: str, version: str) -> bool:
    """Whether a binary's publisher writes a version so: all but containerd put a `v` before it."""
    letter = "" if name == "containerd" else "v"
    return version.startswith(letter) and bool(_VERSION.fullmatch(version.removeprefix(letter)))
