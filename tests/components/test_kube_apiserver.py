from typing import Any

import pytest

from cloudgen.secrets import SecretRef
from tests import specs
from tests.specs import IPV6, MANIFESTS, container, content, flag, flags, messages, node, paths

NAME = "kube-apiserver"
POLICY = "/etc/kubernetes/kube-apiserver/audit-policy.yaml"
OIDC = {"issuerUrl": "https://id.example.org", "clientId": "k"}


def told(**sections: Any) -> list[str]:
    """Flags of the server with these settings."""
    return flags(NAME, kubeApiserver=sections)


@pytest.mark.parametrize("release", ["v1.22.0", "v1.37.0"])
def test_manifest_of_a_release(release, golden):
    """The oldest and the newest manifest: nothing in it depends on the release but the image."""
    assert content(f"{MANIFESTS}/{NAME}.yaml", kubernetesVersion=release) == golden(name=f"{release}.yaml")


def test_the_audit_policy(golden):
    """By default who did what is logged, and never a body."""
    assert content(POLICY) == golden(name="audit-policy.yaml")


def test_without_an_address_nothing_is_made_up():
    """The flag, the annotation and the probes' host are left to the machine."""
    text = content(f"{MANIFESTS}/{NAME}.yaml", masters={"count": 1})
    assert "advertise-address" not in text
    assert "annotations" not in text
    assert text.count("host: 127.0.0.1") == 3


@pytest.mark.parametrize(
    ("bound", "host"),
    [(None, "10.0.0.10"), ("::", "10.0.0.10"), ("127.0.0.1", "127.0.0.1"), ("10.9.9.9", "10.9.9.9")],
)
def test_probes_go_where_it_listens(bound, host):
    """A server that binds one address is probed there; else at the machine's own address."""
    extra = {"extraArgs": {"bind-address": bound}} if bound else {}
    made = container(NAME, kubeApiserver=extra)
    assert {made[f"{probe}Probe"]["httpGet"]["host"] for probe in ("liveness", "readiness", "startup")} == {host}


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ({"bind-address": "10.0.0.10"}, "dial 127.0.0.1, where nobody listens then"),
        ({"anonymous-auth": False}, "kubelet's probes are anonymous"),
    ],
)
def test_flags_that_make_it_deaf_are_told(extra, said):
    """With them its own machine would get no answer, and the master would never come up."""
    assert any(said in message for message in messages(kubeApiserver={"extraArgs": extra}))
    fine = {"bind-address": "::", "anonymous-auth": True}
    assert not messages(kubeApiserver={"extraArgs": fine})


def test_ipv6():
    """IPv6 stands without brackets in flags and probes, and with them before a port."""
    made = flags(NAME, "a", **IPV6)
    assert {"--advertise-address=fd00::1", "--bind-address=::"} <= set(made)
    text = content(f"{MANIFESTS}/{NAME}.yaml", "a", **IPV6)
    assert 'advertise-address.endpoint: "[fd00::1]:6443"' in text


@pytest.mark.parametrize("value", ["https", "0", "7443", None])
def test_its_port_is_a_setting(value):
    """The port behind the setting's back would be missed by probes and kubeconfigs: it is told, whatever it is."""
    said = messages(kubeApiserver={"extraArgs": {"secure-port": value}})
    assert "probes and kubeconfigs need to know this port" in said


def test_the_port_is_followed():
    """Another port stands in the flag, the probes, the annotation and the kubeconfigs."""
    sections: dict[str, Any] = {"ports": {"kubeApiserver": 7443}}
    assert flag(NAME, "secure-port", **sections) == ["7443"]
    assert container(NAME, **sections)["livenessProbe"]["httpGet"]["port"] == 7443
    assert "https://127.0.0.1:7443" in content("/etc/kubernetes/kubelet/kubeconfig", **sections)
    assert messages(**sections, kubeApiserver={"extraArgs": {"secure-port": 7443}}).count("probes and") == 0


def test_audit_may_be_off():
    """Without an audit log there is no policy, no folder and no flag."""
    sections: dict[str, Any] = {"kubeApiserver": {"audit": {"enabled": False}}}
    assert POLICY not in paths(**sections)
    assert "audit" not in content(f"{MANIFESTS}/{NAME}.yaml", **sections)


def test_an_audit_policy_of_one_s_own():
    """An attached policy is written as it is."""
    made = content(POLICY, kubeApiserver={"audit": {"policyFile": "policy.yaml"}})
    assert made == specs.POLICY


def test_sign_in():
    """Each required claim is a flag of its own: kube-apiserver does not split it at commas."""
    oidc = {**OIDC, "groupsClaim": "g", "requiredClaims": {"a": "b", "c": "d,e"}}
    made = [given for given in told(oidc=oidc) if given.startswith("--oidc")]
    assert made == [
        "--oidc-issuer-url=https://id.example.org",
        "--oidc-client-id=k",
        "--oidc-username-claim=sub",
        "--oidc-groups-claim=g",
        "--oidc-required-claim=a=b",
        "--oidc-required-claim=c=d,e",
    ]


def test_encryption_at_rest():
    """The configuration is a secret as a whole, and the flag names its file."""
    made = node(kubeApiserver={"encryptionConfigFrom": {"secret": "encryption"}})
    file = made.file("/etc/kubernetes/kube-apiserver/encryption-config.yaml")
    assert file is not None
    assert (file.content, file.mode) == (SecretRef("named", "", "encryption"), 0o600)
    assert f"--encryption-provider-config={file.path}" in told(encryptionConfigFrom={"secret": "encryption"})


def test_own_flags():
    """A value replaces in place, a list repeats, null and an empty list take away."""
    made = told(extraArgs={"allow-privileged": False, "event-ttl": ["1h", "2h"], "bind-address": None, "secure": []})
    assert made.index("--allow-privileged=false") == 1
    assert made[-2:] == ["--event-ttl=1h", "--event-ttl=2h"]
    assert not [given for given in made if given.startswith(("--bind-address", "--secure="))]


def test_kubelets_are_verified():
    """Connections to kubelets are authenticated both ways, and the aggregator's name is its certificate's."""
    made = flags(NAME)
    assert "--kubelet-certificate-authority=/etc/kubernetes/pki/ca/kubernetes-ca.pem" in made
    assert "--requestheader-allowed-names=custom:kube-apiserver-front-proxy-client" in made
    assert "--service-account-issuer=https://kubernetes.default.svc.cluster.local" in made


def test_every_member_of_etcd_is_asked():
    """All members by name, on the port for clients."""
    (servers,) = flag(NAME, "etcd-servers", ports={"etcdClient": 12379})
    assert servers.split(",") == [f"https://master-{i}.example.example.org:12379" for i in range(3)]


def test_a_proxy_is_passed_on():
    """Webhooks and sign-in may lie behind the proxy; the cluster itself never does."""
    made = {row["name"]: row["value"] for row in container(NAME, proxy={"https": "http://p:1"})["env"]}
    assert made["HTTPS_PROXY"] == "http://p:1"
    expected = {"10.96.0.0/16", "10.244.0.0/16", "10.0.0.11", ".svc", ".cluster.local", "vault.example.org"}
    assert expected <= set(made["NO_PROXY"].split(","))
    assert "env" not in container(NAME)


def test_a_flag_s_file_must_be_there():
    """A file below the root that a flag names and nothing writes is told; once it is written, it is not."""
    path = "/etc/kubernetes/kube-apiserver/admission.yaml"
    sections: dict[str, Any] = {"kubeApiserver": {"extraArgs": {"admission-control-config-file": path}}}
    assert [message for message in messages(**sections) if path in message]
    assert not [m for m in messages(**sections, files=[{"path": path, "content": "a: 1\n"}]) if path in m]


@pytest.mark.parametrize(
    ("flag", "value", "count"),
    [
        ("authentication-config", "/etc/kubernetes/kube-apiserver/a.yaml", 0),
        ("authentication-config", "/etc/kubernetes/a.yaml", 1),
        ("authentication-config", "/srv/a.yaml", 1),
        ("audit-log-path", "/dev/stdout", 0),
        ("audit-log-path", "/var/log/kubernetes/audit/b.log", 0),
        ("audit-log-path", "/var/log/audit.log", 1),
        ("authorization-always-allow-paths", "/healthz,/metrics", 0),
    ],
)
def test_a_file_that_its_container_does_not_have_is_told(flag, value, count):
    """A file of the machine is there for the server where a folder is mounted only."""
    files = [{"path": value, "content": "x"}] if value.endswith(".yaml") else []
    said = messages(kubeApiserver={"extraArgs": {flag: value}}, files=files)
    assert sum("runs in a container that has no" in message for message in said) == len(said) == count


@pytest.mark.parametrize("value", [2, "1.5", "500m", "1e3", ".5", "3Gi"])
def test_amounts_are_written_as_in_a_pod(value):
    """Numbers too; an empty mapping asks for nothing, and null for the default."""
    resources = {"requests": {"cpu": value}, "limits": {"cpu": 9}}
    assert container(NAME, kubeApiserver={"resources": resources})["resources"] == {
        "requests": {"cpu": str(value)},
        "limits": {"cpu": "9"},
    }
    assert container(NAME, kubeApiserver={"resources": {"requests": {}}})["resources"] == {"requests": {}}
    assert container(NAME, kubeApiserver={"resources": None})["resources"] == {"requests": {"cpu": "250m"}}


@pytest.mark.parametrize("value", ["", "-1", "two", "1GB", "1 Gi", True, "1e", "."])
def test_no_amounts_are_told(value):
    """kubelet would not read the manifest at all."""
    assert messages(kubeApiserver={"resources": {"limits": {"memory": value}}})


@pytest.mark.parametrize(
    ("image", "count"),
    [
        ("etcd", 0),
        ("localhost:5000/a__b/c-d.e:V1_x", 0),
        (f"Registry.example.org/a@sha256:{'1' * 64}", 0),
        ("[fd00::1]:5000/a:b", 0),
        ("https://registry.example.org/a", 1),
        ("registry.example.org/A", 1),
        ("registry.example.org/a b", 1),
        ("registry.example.org//a", 1),
        ("a@sha256:11", 1),
        ("", 1),
    ],
)
def test_an_image_that_no_runtime_would_pull_is_told(image, count):
    """References are spelt as containers spell them."""
    assert len(messages(kubeApiserver={"image": image})) == count


@pytest.mark.parametrize("url", ["http://id.example.org", "id.example.org", "https://", "https:///a"])
def test_an_issuer_must_be_https(url):
    """kube-apiserver would not start with another one."""
    assert messages(kubeApiserver={"oidc": {**OIDC, "issuerUrl": url}})
