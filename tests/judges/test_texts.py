"""Each schema lets a good text pass and refuses a broken one: a judge that cannot fail would prove nothing."""

import pytest

from tests.judges import manifests, names, schemas

pytestmark = pytest.mark.judge

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {hostNetwork: true, containers: [{name: a, image: b}]}\n"
KUBECONFIG = """
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: 'https://127.0.0.1:6443', certificate-authority: /pki/ca.pem}}]
users: [{name: u, user: {client-certificate: /pki/u.pem, client-key: /pki/u-key.pem}}]
contexts: [{name: u@c, context: {cluster: c, user: u}}]
current-context: u@c
"""
KEY_KEEPER = """
issuers:
- name: i
  vault:
    server: https://vault.example:8200
    timeout: 15s
    auth:
      tlsInsecure: false
      caBundle: /etc/ssl/vault.pem
      bootstrap: {file: /var/lib/key-keeper/bootstrap.token}
      appRole: {name: i-m, path: clusters/c/approle, roleIDLocalPath: /k/role-id, secretIDLocalPath: /k/secret-id}
    resource: {role: i, CAPath: clusters/c/pki/etcd}
certificates:
- name: leaf
  issuerRef: {name: i}
  hostPath: /etc/kubernetes/pki/certs
  renewBefore: 1h30m
  spec: {subject: {commonName: a, organization: [o]}, usage: [client auth], ttl: 10m}
secrets:
- {name: sa, issuerRef: {name: i}, key: private, hostPath: /etc/kubernetes/pki/sa.pem}
"""
KUBELET = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"


@pytest.mark.parametrize("minor", [f"1.{n}" for n in range(22, 38)])
def test_manifest_schema_of_every_minor(minor):
    """Each minor from 1.22 on has a schema that lets a pod pass and refuses a misspelt field."""
    assert manifests.manifest_problems(POD, minor) == []
    assert any("hostNetwrk" in p for p in manifests.manifest_problems(POD.replace("hostNetwork", "hostNetwrk"), minor))


@pytest.mark.parametrize(
    "bad", ["", POD + "kind: Pod\n", POD.replace("kind: Pod", "kind: Pot"), POD.replace("true", "1")]
)
def test_manifest_that_is_none(bad):
    """No document, equal keys, an unknown kind and a wrong type are told."""
    assert manifests.manifest_problems(bad, "1.30") != []


def test_kubeconfig_passes():
    """A kubeconfig whose names fit agrees with the schema and with kubectl."""
    assert schemas.kubeconfig_problems(KUBECONFIG) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("current-context: u@c", "current-context: u@d", "context 'u@d'"),
        ("{cluster: c, ", "{cluster: d, ", "cluster 'd'"),
        (", user: u}", ", user: v}", "user 'v'"),
        ("client-key:", "client-keys:", "client-keys"),
        ("https://127.0.0.1:6443", "http://127.0.0.1:6443", "does not match"),
        ("/pki/ca.pem", "ca.pem", "does not match"),
        ("kind: Config", "kind: Config\nkind: Config", "duplicate key"),
    ],
)
def test_kubeconfig_is_refused(old, new, told):
    """Names without a row, misspelt fields, plain HTTP, relative paths and equal keys are told."""
    assert any(told in problem for problem in schemas.kubeconfig_problems(KUBECONFIG.replace(old, new)))


def test_kubectl_refuses_a_context_that_is_none():
    """kubectl itself is asked too, and it can fail."""
    assert schemas.kubectl_problems(KUBECONFIG.replace("current-context: u@c", "current-context: u@d")) != []


def test_key_keeper_passes():
    """Every field that key-keeper reads, and the two that it ignores, are let through."""
    assert schemas.key_keeper_problems(KEY_KEEPER) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("caBundle", "caFile", "caFile"),
        ("issuerRef: {name: i}, key", "issuerRef: {name: j}, key", "issuer 'j'"),
        ("renewBefore: 1h30m", "renewBefore: 1d", "does not match"),
        ("ttl: 10m", "ttl: 600", "is not of type 'string'"),
        ("organization: [o]", "organization: o", "is not of type 'array'"),
        ("secretIDLocalPath: /k/secret-id", "secretIdLocalPath: /k/secret-id", "secretIdLocalPath"),
        ("secrets:", "secret:", "'secret' was unexpected"),
    ],
)
def test_key_keeper_is_refused(old, new, told):
    """Unknown fields, issuers without a row and values of a wrong kind are told: it would ignore them."""
    assert any(told in problem for problem in schemas.key_keeper_problems(KEY_KEEPER.replace(old, new)))


def test_kubelet_config_is_judged():
    """Fields, gates and equal keys of a kubelet's configuration are held against its minor."""
    good = KUBELET + "evictionHard: {memory.available: 1Gi}\nauthentication: {x509: {clientCAFile: /ca.pem}}\n"
    assert names.kubelet_config_problems(good, "1.23") == []
    assert names.kubelet_config_problems(KUBELET + "authentication: {x509: {clientCA: /a}}\n", "1.23") != []
    assert names.kubelet_config_problems(KUBELET + "imageMaximumGCAge: 1h\n", "1.23") != []
    assert names.kubelet_config_problems(KUBELET + "featureGates: {Absent: true}\n", "1.23") != []
    assert names.kubelet_config_problems(KUBELET + "reservedMemory: [{numa: 1}]\n", "1.23") != []
    assert names.kubelet_config_problems(KUBELET + "port: 1\nport: 1\n", "1.23") != []
    assert names.kubelet_config_problems(good.replace("v1beta1", "v1"), "1.23") != []


def test_flags_are_judged():
    """Flags and gates are held against the component's minor."""
    assert names.flag_problems("kubelet", ["--network-plugin=cni"], "1.23") == []
    assert names.flag_problems("kubelet", ["--network-plugin=cni"], "1.24") != []
    assert names.flag_problems("kube-apiserver", ["--feature-gates=APISelfSubjectReview=false"], "1.29") != []
