from typing import Any

import pytest

from tests.specs import MANIFESTS, container, content, flag, messages

NAME = "kube-controller-manager"


@pytest.mark.parametrize("release", ["v1.22.0", "v1.28.0"])
def test_manifest_of_a_release(release, golden):
    """The manifest as it stands at the releases at which something changes."""
    assert content(f"{MANIFESTS}/{NAME}.yaml", kubernetesVersion=release) == golden(name=f"{release}.yaml")


@pytest.mark.parametrize(
    ("release", "controllers"),
    [
        ("v1.27.16", "*,bootstrapsigner,tokencleaner"),
        ("v1.28.0", "*,bootstrap-signer-controller,token-cleaner-controller"),
        ("v1.37.0", "*,bootstrap-signer-controller,token-cleaner-controller"),
    ],
)
def test_controllers_have_the_release_s_names(release, controllers):
    """Names that a release does not know would stop it."""
    assert flag(NAME, "controllers", kubernetesVersion=release) == [controllers]


def test_the_ranges_are_told_apart():
    """The cluster's range is that of pods, the services' is another."""
    assert flag(NAME, "cluster-cidr") == ["10.244.0.0/16"]
    assert flag(NAME, "service-cluster-ip-range") == ["10.96.0.0/16"]


@pytest.mark.parametrize(("bound", "host"), [(None, "127.0.0.1"), ("::", "127.0.0.1"), ("10.0.0.10", "10.0.0.10")])
def test_probes_go_where_it_listens(bound, host):
    """Loopback, unless it binds one other address."""
    extra = {"extraArgs": {"bind-address": bound}} if bound else {}
    made = container(NAME, kubeControllerManager=extra)
    assert {made[f"{probe}Probe"]["httpGet"]["host"] for probe in ("liveness", "readiness", "startup")} == {host}


def test_its_port_is_a_setting():
    """A port that is no number, or another than the setting, is told."""
    said = messages(kubeControllerManager={"extraArgs": {"secure-port": "https"}})
    assert "probes and kubeconfigs need to know this port" in said
    sections: dict[str, Any] = {"ports": {"kubeControllerManager": 12257}}
    assert flag(NAME, "secure-port", **sections) == ["12257"]
    assert container(NAME, **sections)["startupProbe"]["httpGet"]["port"] == 12257


def test_an_external_cloud_is_a_flag():
    """Only an external cloud is named."""
    assert flag(NAME, "cloud-provider", cloudProvider="external") == ["external"]
    assert flag(NAME, "cloud-provider") == []


def test_image_and_resources_may_be_others():
    """The whole reference and the whole of the resources are replaced."""
    settings = {"image": "a.example/kcm:1", "resources": {"requests": {"cpu": "1"}}}
    made = container(NAME, kubeControllerManager=settings)
    assert (made["image"], made["resources"]) == ("a.example/kcm:1", {"requests": {"cpu": "1"}})
