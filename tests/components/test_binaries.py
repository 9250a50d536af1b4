from typing import Any

import pytest

from tests.specs import content, messages, told

TABLE = "/etc/cloudgen/downloads"
SHA = "a" * 64
OWN = {"url": "https://d.example.com/key-keeper", "sha256": SHA}


def rows(release: str = "v1.30.4", **binaries: Any) -> dict[str, list[str]]:
    """The rows of the table by name: url, checksum, member, place, mode."""
    text = content(TABLE, kubernetesVersion=release, binaries={"keyKeeper": OWN, **binaries})
    return {row.split("\t")[0]: row.split("\t")[1:] for row in text.splitlines()[1:]}


def said(**binaries: Any) -> list[str]:
    """What is told about such downloads."""
    return messages(binaries={"keyKeeper": OWN, **binaries})


@pytest.mark.parametrize("release", ["v1.22.0", "v1.37.0"])
def test_table_of_a_release(release, golden):
    """Every official place, in the versions that fit the release."""
    assert content(TABLE, kubernetesVersion=release, binaries={"keyKeeper": OWN}) == golden(name=f"{release}.tsv")


def test_versions_follow_the_cluster_s():
    """kubelet is the release, etcdctl the version of etcd, containerd that of its own section."""
    text = content(TABLE, etcd={"version": "3.5.9-0"}, containerd={"version": "1.7.30"})
    assert "/v1.30.4/bin/linux/amd64/kubelet\t" in text
    assert "etcd-v3.5.9-linux-amd64/etcd[cu]tl" in text
    assert "containerd-1.7.30-linux-amd64.tar.gz" in text


@pytest.mark.parametrize(
    ("own", "checksum"),
    [
        ({}, "published:https://dl.k8s.io/v1.30.4/bin/linux/amd64/kubectl.sha256"),
        ({"sha256": SHA}, f"sha256:{SHA}"),
        ({"url": "https://a.example.com/k", "sha256": SHA}, f"sha256:{SHA}"),
        ({"url": "https://a.example.com/k", "sha256": "published"}, "published:https://a.example.com/k.sha256"),
        ({"url": "https://a.example.com/k", "unverified": True}, "unverified"),
        ({"unverified": True}, "unverified"),
        ({"sha256": SHA, "unverified": True}, f"sha256:{SHA}"),
    ],
)
def test_kinds_of_checksums(own, checksum):
    """A checksum of one's own, the publisher's, or none because it is said so."""
    assert rows(kubectl=own)["kubectl"][1] == checksum


def test_a_place_of_one_s_own_needs_a_checksum():
    """Nothing is installed unverified by accident, and what is so on purpose is told."""
    assert "kubectl comes from a place of your own and needs a checksum" in said(
        kubectl={"url": "https://a.example.com/k"}
    )
    assert "kubectl is installed without any checksum" in said(kubectl={"unverified": True})
    assert "key-keeper has no official place to download it from" in said(keyKeeper={})


def test_the_image_may_bring_it():
    """What is not installed has no row and needs no place."""
    assert {"runc", "key-keeper"}.isdisjoint(rows(runc={"install": False}, keyKeeper={"install": False}))
    assert not told().failed


def test_a_mirror_carries_everything():
    """Addresses and checksum files are rewritten, host and path kept; a checksum itself is not."""
    made = rows(mirror="https://m.example.com/all/", runc={"sha256": SHA})
    assert all(row[0].startswith("https://m.example.com/all/") for row in made.values())
    assert made["kubelet"][0] == "https://m.example.com/all/dl.k8s.io/v1.30.4/bin/linux/amd64/kubelet"
    assert made["kubelet"][1] == f"published:{made['kubelet'][0]}.sha256"
    assert made["runc"][1] == f"sha256:{SHA}"


def test_archives_have_a_member():
    """Of containerd's archive everything, of the others one file; of an archive of one's own what is named."""
    made = rows(keyKeeper={**OWN, "member": "bin/key-keeper"})
    assert made["containerd"][2:] == ["bin/*", "/usr/bin/", "0755"]
    assert made["crictl"][2] == "crictl"
    assert made["etcdctl"][2:] == ["etcd-v3.5.12-linux-amd64/etcd[cu]tl", "/usr/bin/", "0755"]
    assert made["kubelet"][2] == "-"
    assert made["key-keeper"][2] == "bin/key-keeper"


def test_a_bare_binary_in_place_of_an_archive():
    """Another place holds what it is said to hold, not the official archive."""
    made = rows(crictl={"url": "https://a.example.com/crictl", "sha256": SHA})
    assert made["crictl"][2] == "-"


def test_the_official_archive_from_another_place():
    """It holds the same members; one that is named is the only one, under the binary's own name."""
    own = {"url": "https://a.example.com/containerd.tar.gz", "sha256": SHA}
    assert rows(containerd=own)["containerd"][2:] == ["bin/*", "/usr/bin/", "0755"]
    named = rows(containerd={**own, "member": "bin/containerd"})["containerd"]
    assert named[2:] == ["bin/containerd", "/usr/bin/containerd", "0755"]


def test_an_archive_is_not_installed_as_a_binary():
    """An archive of which nobody says what is in it is told, not renamed to the binary."""
    archive = {"url": "https://d.example.com/key-keeper.tar.gz", "sha256": SHA}
    assert "key-keeper comes in an archive, of which no member is named" in said(keyKeeper=archive)
    assert "no member is named" not in " ".join(said(keyKeeper={**archive, "member": "key-keeper"}))


def test_another_architecture():
    """The architecture stands in every official address."""
    assert all("arm64" in row[0] for name, row in rows(arch="arm64").items() if name != "key-keeper")


def test_binaries_of_one_s_own():
    """They come last, at their own paths."""
    extra = {"vault": {"url": "https://a.example.com/v.tar.gz", "sha256": SHA, "path": "/opt/bin/v", "member": "v"}}
    assert rows(extra=extra)["vault"] == ["https://a.example.com/v.tar.gz", f"sha256:{SHA}", "v", "/opt/bin/v", "0755"]


@pytest.mark.parametrize(
    ("own", "fault"),
    [
        ({"sha256": "abc"}, "not a SHA-256"),
        ({"sha256": SHA.upper()}, "not a SHA-256"),
        ({"url": "ftp://a.example.com/k"}, "not a URL"),
        ({"url": "https://a.example.com/$k"}, "not a URL"),
        ({"url": "https://a.example.com/k\tx"}, "control character"),
    ],
)
def test_what_cannot_be_downloaded_is_told(own, fault):
    """Addresses and checksums that the machine could not use."""
    assert any(fault in message for message in said(kubectl=own))


def test_example_addresses_are_told():
    """The starter's address of key-keeper is not taken for a real one."""
    assert "the address of key-keeper is only an example" in said(
        keyKeeper={"url": "https://downloads.example.org/k", "sha256": SHA}
    )


@pytest.mark.parametrize(
    ("name", "version", "count"),
    [
        ("kubelet", "v1.30.4", 0),
        ("kubelet", "1.30.4", 1),
        ("kubectl", "v1.30", 1),
        ("crictl", "latest", 1),
        ("runc", "v1.3.0-rc.1", 0),
        ("etcdctl", "3.5.21", 1),
        ("containerd", "1.7.28", 1),
    ],
)
def test_a_version_is_the_publisher_s(name, version, count):
    """One that is not spelt so would be found by no download; containerd's is a setting of containerd."""
    assert len(messages(binaries={"keyKeeper": {"install": False}, name: {"version": version}})) == count


def test_a_version_says_nothing_of_a_place_of_one_s_own():
    """Nobody knows how it is written there."""
    place = {"version": "latest", "url": "https://files.company.net/kubelet", "sha256": "published"}
    assert messages(binaries={"keyKeeper": {"install": False}, "kubelet": place}) == []


@pytest.mark.parametrize(("install", "count"), [(True, 1), (False, 0)])
def test_two_binaries_in_one_place_are_told(install, count):
    """The last one would win, unless the image brings the first."""
    extra = {"a": {"url": "https://files.company.net/a", "sha256": "published", "path": "/usr/bin/kubelet"}}
    kept = {"kubelet": {"install": install}, "keyKeeper": {"install": False}}
    assert len(messages(binaries={**kept, "extra": extra})) == count
