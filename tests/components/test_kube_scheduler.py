import pytest

from tests.specs import MANIFESTS, container, content, flag, messages

NAME = "kube-scheduler"


def test_manifest(golden):
    """The manifest; nothing in it depends on the release but the image."""
    assert content(f"{MANIFESTS}/{NAME}.yaml") == golden(name="v1.30.4.yaml")


@pytest.mark.parametrize(("bound", "host"), [(None, "127.0.0.1"), ("::", "127.0.0.1"), ("10.0.0.10", "10.0.0.10")])
def test_probes_go_where_it_listens(bound, host):
    """Loopback, unless it binds one other address."""
    extra = {"extraArgs": {"bind-address": bound}} if bound else {}
    made = container(NAME, kubeScheduler=extra)
    assert {made[f"{probe}Probe"]["httpGet"]["host"] for probe in ("liveness", "readiness", "startup")} == {host}


def test_its_port_is_a_setting():
    """Another port comes from the ports, and nowhere else."""
    assert flag(NAME, "secure-port", ports={"kubeScheduler": 12259}) == ["12259"]
    said = messages(kubeScheduler={"extraArgs": {"secure-port": None}})
    assert "probes and kubeconfigs need to know this port" in said


def test_own_flags():
    """Flags of the user follow ours."""
    assert flag(NAME, "profiling", kubeScheduler={"extraArgs": {"profiling": False}}) == ["false"]
