import pytest

from cloudgen import resources
from cloudgen.kubernetes.lookup import Companions, Nearest, changes, companions, known_minors, label_problem, nearest
from cloudgen.release import Release, Version
from tests.known_facts import known_flags, known_gates, known_kubelet_fields, locked_gates


def of(text: str) -> Companions:
    return companions(Release.parse(text))


def test_known_minors_have_no_gap():
    """Every minor from 1.22 to the newest has a row, oldest first."""
    assert known_minors() == tuple(f"1.{n}" for n in range(22, 22 + len(known_minors())))


@pytest.mark.parametrize(
    ("release", "etcd"),
    [("v1.22.16", "3.5.0-0"), ("v1.22.17", "3.5.6-0"), ("v1.23.12", "3.5.1-0"), ("v1.26.12", "3.5.9-0")],
)
def test_etcd_follows_the_patch_release(release, etcd):
    """The etcd image is the one that kubeadm takes at that patch release."""
    assert of(release).etcd == etcd


def test_article_release():
    """What goes with the article's v1.23.12."""
    found = of("v1.23.12")
    assert (found.pause, found.coredns, found.crictl, found.end_of_life) == ("3.6", "v1.8.6", "1.23.0", "2023-02-28")
    assert found.nearest == Nearest("1.23", exact=True)
    assert not found.preliminary


@pytest.mark.parametrize("minor", known_minors())
def test_every_known_minor_has_companions(minor):
    """No minor lacks a row, and every version in it can be read."""
    found = of(f"v{minor}.0")
    for version in (found.etcd, found.containerd, found.crictl, found.runc.removeprefix("v")):
        Version.parse(version)
    assert found.registry == "registry.k8s.io"
    assert found.nearest.exact


def test_kubelets_that_may_speak_v1alpha2_get_a_containerd_that_does():
    """containerd 2 dropped CRI v1alpha2; kubelets up to 1.25 may ask for it."""
    assert {of(f"v1.{n}.0").containerd.split(".")[0] for n in range(22, 26)} == {"1"}
    assert of("v1.36.0").containerd.startswith("2.")


def test_newer_minor_takes_the_nearest_row_and_says_so():
    """An unknown newer minor is answered with the newest known row, marked as inexact."""
    found = of("v1.99.0")
    assert found.nearest == Nearest(known_minors()[-1], exact=False)
    assert found.etcd == of(f"v{known_minors()[-1]}.0").etcd
    assert found.end_of_life == ""


def test_older_minor_is_refused():
    """Nothing is known below 1.22, and nothing is guessed."""
    with pytest.raises(ValueError, match=r"v1\.21\.14 is older than 1\.22"):
        nearest(Release.parse("v1.21.14"))


def test_preliminary_minor_is_marked():
    """A row taken before the minor's release says so, so that the caller can warn."""
    assert of("v1.37.0-rc.1").preliminary
    assert not of("v1.36.0").preliminary


def test_changes_are_releases():
    """Each release at which a companion changes can be asked for."""
    assert {"1.22", "1.22.17", "1.34"} <= set(changes())
    for key in changes():
        of(f"v{key}" if key.count(".") > 1 else f"v{key}.0")


@pytest.mark.parametrize(
    "key",
    [
        "foo",
        "example.com/zone",
        "notkubernetes.io/x",
        "node.kubernetes.io/master",
        "kubelet.kubernetes.io/x",
        "sub.node.kubernetes.io/x",
        "kubernetes.io/hostname",
        "topology.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region",
    ],
)
def test_label_that_a_kubelet_may_set(key):
    """The kubelet's own list, its two prefixes and every label outside Kubernetes' domains pass."""
    assert label_problem(key) is None


@pytest.mark.parametrize(
    "key",
    [
        "node-role.kubernetes.io/master",
        "node-role.kubernetes.io/control-plane",
        "node-restriction.kubernetes.io/x",
        "k8s.io/x",
        "sub.k8s.io/x",
        "kubernetes.io/role",
        "topology.kubernetes.io/rack",
    ],
)
def test_label_that_stops_a_kubelet(key):
    """A label of Kubernetes' own outside that list stops the kubelet at its start."""
    assert "may not set" in (label_problem(key) or "")


@pytest.mark.parametrize(
    "key", ["", "/x", "a/b/c", "-x", "x-", "Upper.io/x", "x" * 64, "a..b/x", "x y", "a" * 254 + "/x"]
)
def test_label_key_that_is_none(key):
    """What is no qualified name is told as such."""
    assert "is no label key" in (label_problem(key) or "")


def test_data_stays_small():
    """The package ships rows of changes only, not the research behind them."""
    assert len(resources.text("kubernetes/releases.json")) < 20_000


def test_known_names_follow_the_minor():
    """The tests' own tables know when a flag, gate or field came and went."""
    assert "network-plugin" in known_flags("kubelet", "1.23") - known_flags("kubelet", "1.24")
    assert "enable-v2" in known_flags("etcd", "3.5") - known_flags("etcd", "3.6")
    assert "tls-min-version" in known_flags("etcd", "3.5.8") - known_flags("etcd", "3.5.7")
    assert "APISelfSubjectReview" in known_gates("1.26") - known_gates("1.30")
    assert "authentication.x509.clientCAFile" in known_kubelet_fields("1.22")
    assert locked_gates("1.29")["APISelfSubjectReview"]
    assert "APISelfSubjectReview" not in locked_gates("1.27")
