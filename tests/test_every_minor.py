"""Every Kubernetes minor: what is rendered for it is known to it."""

from typing import Any

import pytest
import yaml

from cloudgen.kubernetes import known_minors
from cloudgen.kubernetes.lookup import changes
from cloudgen.pieces import File
from cloudgen.release import Since, Version
from tests.judges import manifests, names, strict_yaml
from tests.known_facts import known_flags, known_gates, known_kubelet_fields
from tests.specs import MANIFESTS, container, content, flag, flags, messages, node
from tests.test_envfile import environment_file, split_words

MINORS = known_minors()
RELEASES = sorted(
    {f"v{key}" if key.count(".") > 1 else f"v{key}.0" for key in changes()} | {f"v{minor}.0" for minor in MINORS}
)
"""The first release of every minor, and every release at which a companion changes."""
PODS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
EVERYTHING = {
    "adminCertificate": "first",
    "cloudProvider": "external",
    "proxy": {"http": "http://p.example.org:3128"},
    "kubeApiserver": {
        "encryptionConfigFrom": {"secret": "e"},
        "oidc": {
            "issuerUrl": "https://i.example.org",
            "clientId": "c",
            "usernamePrefix": "u:",
            "groupsClaim": "g",
            "groupsPrefix": "g:",
            "requiredClaims": {"a": "b"},
        },
    },
    "kubelet": {"nodeLabels": {"a": "b"}, "nodeTaints": ["a:NoSchedule"]},
    "etcd": {"disk": {"device": "/dev/vdb"}},
    "etcdSnapshots": {"enabled": True},
}
"""Sections that bring every optional flag."""
VARIANTS = pytest.mark.parametrize("sections", [{}, EVERYTHING], ids=["plain", "everything"])


def minor_of(release: str) -> str:
    """The minor, such as 1.23, of a release."""
    return release.removeprefix("v").rpartition(".")[0]


def kubelet_flags(**sections: Any) -> list[str]:
    """kubelet's flags, as systemd splits them."""
    text = content("/etc/kubernetes/kubelet/service/kubelet-args.env", **sections)
    return [word for value in environment_file(text).values() for word in split_words(value)]


def test_all_minors_are_walked():
    """From v1.22 to v1.37; the tables of names are of the same minors."""
    assert tuple(f"1.{minor}" for minor in range(22, 38)) == MINORS
    for minor in MINORS:
        for component in (*PODS, "kubelet"):
            assert len(known_flags(component, minor)) > 30
        assert len(known_gates(minor)) > 50
        assert len(known_kubelet_fields(minor)) > 80


@VARIANTS
@pytest.mark.parametrize("release", RELEASES)
def test_every_flag_is_known(release, sections):
    """Flags of the pods and of kubelet are known to the minor, etcd's to its own version."""
    minor = minor_of(release)
    for pod in PODS:
        assert names.flag_problems(pod, flags(pod, kubernetesVersion=release, **sections), minor) == []
    assert names.flag_problems("kubelet", kubelet_flags(kubernetesVersion=release, **sections), minor) == []
    image = container("etcd", kubernetesVersion=release, **sections)["image"]
    version = Version.parse(image.rpartition(":")[2]).bare
    assert names.flag_problems("etcd", flags("etcd", kubernetesVersion=release, **sections), version) == []


@VARIANTS
@pytest.mark.parametrize("minor", MINORS)
def test_every_field_of_kubelet_is_known(minor, sections):
    """A strict kubelet of the minor finds no unknown field, no feature gate and no equal keys."""
    text = content("/etc/kubernetes/kubelet/config.yaml", kubernetesVersion=f"v{minor}.0", **sections)
    assert names.kubelet_config_problems(text, minor) == []
    assert "featureGates" not in text


@pytest.mark.parametrize("release", RELEASES)
def test_no_gate_is_set(release):
    """Gates come and go with minors: none is set by default, so none can be unknown or locked."""
    for pod in PODS:
        assert flag(pod, "feature-gates", kubernetesVersion=release) == []
    assert not [f for f in kubelet_flags(kubernetesVersion=release) if "feature-gates" in f]


RUNTIME = Since({"1.22": ["remote"], "1.27": []})
ENDPOINT_FLAG = Since({"1.22": ["unix:///run/containerd/containerd.sock"], "1.27": []})
ENDPOINT_FIELD = Since({"1.22": None, "1.27": "unix:///run/containerd/containerd.sock"})


@pytest.mark.parametrize("minor", MINORS)
def test_values_of_kubelet(minor):
    """A minor would refuse another runtime than remote, and an endpoint without a scheme or in the wrong place."""
    release = f"v{minor}.0"
    split = dict(f.removeprefix("--").partition("=")[::2] for f in kubelet_flags(kubernetesVersion=release))
    at = Version.parse(f"{minor}.0")
    assert [split[n] for n in ("container-runtime",) if n in split] == RUNTIME.at(at)
    assert [split[n] for n in ("container-runtime-endpoint",) if n in split] == ENDPOINT_FLAG.at(at)
    config = strict_yaml.load(content("/etc/kubernetes/kubelet/config.yaml", kubernetesVersion=release))
    assert config.get("containerRuntimeEndpoint") == ENDPOINT_FIELD.at(at)
    assert config["cgroupDriver"] == "systemd"


@VARIANTS
@pytest.mark.parametrize("minor", MINORS)
def test_values_of_the_others(minor, sections):
    """Admission plugins, locks, providers and etcd's values are such that every minor takes them."""
    release = f"v{minor}.0"
    assert flag("kube-apiserver", "enable-admission-plugins", kubernetesVersion=release, **sections) == [
        "NodeRestriction"
    ]
    for pod in PODS:
        assert flag(pod, "leader-elect-resource-lock", kubernetesVersion=release, **sections) == []
        assert set(flag(pod, "cloud-provider", kubernetesVersion=release, **sections)) <= {"external"}
    assert flag("kube-apiserver", "authorization-config", kubernetesVersion=release, **sections) == []
    assert flag("kube-apiserver", "authentication-config", kubernetesVersion=release, **sections) == []
    assert flag("etcd", "logger", kubernetesVersion=release, **sections) == ["zap"]
    assert flag("etcd", "discovery-fallback", kubernetesVersion=release, **sections) == []


@pytest.mark.parametrize("minor", MINORS)
def test_nothing_is_said_to_a_plain_spec(minor):
    """A plain spec of any minor has no error, and no warning but that its life has ended or has not begun."""
    said = [m for m in messages(kubernetesVersion=f"v{minor}.0") if "placeholders" not in m]
    assert [m for m in said if minor not in m] == []


def test_a_newer_minor_is_treated_as_the_newest():
    """A release that is not known yet is rendered with the newest rows, and told."""
    assert any("is treated as v1.37" in message for message in messages(kubernetesVersion="v1.38.0"))
    assert flags("kube-apiserver", kubernetesVersion="v1.38.0") == flags("kube-apiserver", kubernetesVersion="v1.37.0")


@pytest.mark.judge
@VARIANTS
@pytest.mark.parametrize("minor", MINORS)
def test_manifests_pass_the_strict_schema(minor, sections):
    """The four pods and what is applied later are valid for the minor, unknown fields counted."""
    made = node(kubernetesVersion=f"v{minor}.0", **sections)
    texts = [f.content for f in made.of(File) if f.path.startswith((MANIFESTS, "/etc/cloudgen/manifests/"))]
    assert len(texts) == 5
    assert manifests.manifest_problems("---\n".join(str(text) for text in texts), minor) == []
    assert all(yaml.safe_load(str(text)) for text in texts)
