"""`cloudgen vault plan`, `apply` and `policy`, as users see them."""

import datetime as dt
import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.edge.cli.conftest import ROOT
from tests.edge.vault.servers import Front
from tests.scripts.sandbox import free_port

CANARY = "canary-5c1e0b7d"


def test_plan_then_apply_then_nothing(vault, cluster):
    """Exit codes tell a difference; the plan reads like a diff; a second apply says that there is nothing to do."""
    name = cluster()
    first = vault("plan")
    assert first.exit_code == 1
    lines = first.stdout.splitlines()
    assert f"+ PKI role clusters/{name}/pki/kubernetes/roles/kubelet-client-master-0" in lines
    assert f"    allowed_domains: system:node:master-0-{name}" in lines
    assert f'    path "clusters/{name}/pki/etcd/sign/etcd-client" {{' in lines
    assert lines[-1].endswith("to create")
    done = vault("apply", "--yes")
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, f"done: {lines[-1].split()[0]}")
    for again in (vault("plan"), vault("apply")):
        assert (again.exit_code, again.stdout) == (0, "no changes: Vault holds what the spec needs\n")


def test_drift_reads_like_a_diff(vault, cluster, bao):
    """Values old and new, items come and gone, lines of a policy; colours where they are wanted."""
    name = cluster()
    vault("apply", "--yes")
    prefix = f"clusters/{name}"
    bao.call("POST", f"auth/{prefix}/approle/role/etcd-ca-master-0", {"token_ttl": 60, "token_policies": ["odd"]})
    bao.call("PUT", f"sys/policies/acl/{prefix}/etcd-ca-master-0", {"policy": 'path "a" {\n}\n'})
    bao.call("PUT", f"sys/policies/acl/{prefix}/odd", {"policy": 'path "a" {}'})
    found = vault("plan")
    assert found.exit_code == 1
    assert found.stdout.splitlines() == [
        f"~ policy {prefix}/etcd-ca-master-0",
        '    - path "a" {',
        f'    + path "{prefix}/pki/etcd/cert/ca_chain" {{',
        '    +   capabilities = ["read"]',
        "      }",
        f"~ AppRole auth/{prefix}/approle/role/etcd-ca-master-0",
        "    token_policies:",
        "    - odd",
        f"    + {prefix}/etcd-ca-master-0",
        "    token_ttl: 60 -> 86400",
        f"? sys/policies/acl/{prefix}/odd: not of this spec, left alone",
        "    1 path below the cluster's that cloudgen would not make",
        "",
        "2 to change",
    ]
    assert "\x1b[33m~ policy" in vault("plan", "--color", "always").stdout
    held = json.loads(vault("plan", "--json").stdout)
    assert [step["what"] for step in held["steps"]] == ["policy", "AppRole"]
    assert {"key": "token_ttl", "old": 60, "new": 86400} in held["steps"][1]["changes"]
    assert held["unmanaged"] == [f"sys/policies/acl/{prefix}/odd"]


def test_nothing_is_done_unasked(vault, cluster):
    """Where nobody can be asked, apply wants --yes."""
    cluster()
    refused = vault("apply")
    assert (refused.exit_code, "add --yes" in refused.stderr) == (2, True)
    assert vault("plan").exit_code == 1


def test_json_has_one_shape(vault, cluster):
    """Also where nobody can be asked, and where the server or the spec is at fault."""
    cluster()
    shape = {"steps", "unneeded", "unmanaged", "problems"}
    for environment in ({}, {"VAULT_TOKEN": CANARY}, {"VAULT_TOKEN": None, "HOME": "/nowhere"}):
        planned, unasked = vault("plan", "--json", env=environment), vault("apply", "--json", env=environment)
        assert set(json.loads(planned.stdout)) == shape
        held = json.loads(unasked.stdout)
        assert (unasked.exit_code, set(held), held["done"]) == (2, {*shape, "done", "waiting"}, 0)


@pytest.mark.parametrize(("answer", "code"), [(b"y\n", 0), (b"n\n", 1), (b"\x04", 1)])
def test_who_is_asked_decides(vault, cluster, tmp_path, answer, code):
    """At a terminal apply asks; a no, or the end of input, changes nothing."""
    cluster()
    ours, theirs = os.openpty()
    os.write(ours, answer)
    argv = [sys.executable, "-m", "cloudgen", "vault", "apply", "cluster.yaml"]
    done = subprocess.run(argv, stdin=theirs, capture_output=True, cwd=tmp_path, check=False)
    os.close(ours)
    os.close(theirs)
    assert (done.returncode, b"Make it so?" in done.stderr) == (code, True)
    assert vault("plan").exit_code == code


def test_external_authorities_go_out_and_come_back(vault, cluster, tmp_path):
    """CSRs are written, the same key again on the next run; of a signed bundle the authority alone is imported."""
    cluster("external")
    first = vault("apply", "--yes", "--csr-out", "out")
    assert (first.exit_code, sorted(p.name for p in (tmp_path / "out").iterdir())) == (
        1,
        ["etcd.csr", "front-proxy.csr", "kubernetes.csr"],
    )
    again = vault("apply", "--yes")
    assert (again.exit_code, again.stdout.count("BEGIN CERTIFICATE REQUEST")) == (1, 3)
    (tmp_path / "in").mkdir()
    key, root = authority()
    for path in (tmp_path / "out").iterdir():
        csr = x509.load_pem_x509_csr(path.read_bytes())
        signed = certificate(csr.subject, csr.public_key(), root.subject, key)
        bundle = root.public_bytes(Encoding.PEM) + signed.public_bytes(Encoding.PEM)
        (tmp_path / "in" / f"{path.stem}.pem").write_bytes(bundle)
    assert vault("apply", "--yes", "--signed", "in").exit_code == 0
    assert vault("plan").stdout.startswith("no changes")


@pytest.mark.parametrize(
    ("made", "tells"),
    [
        ({"days": -1}, "ends on"),
        ({"days": 20}, "before those that it is to sign"),
        ({"usage": False}, "is not an authority's"),
    ],
)
def test_an_authority_that_cannot_sign_is_not_imported(vault, cluster, tmp_path, made, tells):
    """It would never be replaced: over, over before the certificates that it signs, or not for signing at all."""
    name = cluster("external")
    vault("apply", "--yes", "--csr-out", "out")
    (tmp_path / "in").mkdir()
    key, root = authority()
    csr = x509.load_pem_x509_csr((tmp_path / "out/etcd.csr").read_bytes())
    signed = certificate(csr.subject, csr.public_key(), root.subject, key, **made)
    (tmp_path / "in/etcd.pem").write_bytes(signed.public_bytes(Encoding.PEM))
    refused = vault("apply", "--yes", "--signed", "in")
    assert (refused.exit_code, tells in refused.stderr) == (2, True)
    assert f"+ authority clusters/{name}/pki/etcd\n" in vault("plan").stdout


@pytest.mark.parametrize(
    ("content", "tells"),
    [("", "no certificate for the key"), ("-----BEGIN", "is no certificate"), (None, "holds none")],
)
def test_a_wrong_answer_to_a_csr_is_refused(vault, cluster, tmp_path, content, tells):
    """What is no certificate, or one of another key."""
    cluster("external")
    (tmp_path / "in").mkdir()
    if content is not None:
        (tmp_path / "in/etcd.pem").write_text(content or authority()[1].public_bytes(Encoding.PEM).decode())
    refused = vault("apply", "--yes", "--signed", "in")
    assert (refused.exit_code, tells in refused.stderr) == (2, True)


USES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def authority() -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "offline")])
    return key, certificate(name, key.public_key(), name, key)


def certificate(  # noqa: PLR0913 - what a certificate is made of
    subject: x509.Name, public: Any, issuer: x509.Name, key: rsa.RSAPrivateKey, *, days: int = 3650, usage: bool = True
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    uses = dict.fromkeys(USES, False) | {"digital_signature": True, "key_cert_sign": usage}
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=2))
    builder = builder.not_valid_after(now + dt.timedelta(days=days))
    builder = builder.add_extension(x509.KeyUsage(**uses), critical=True)
    return builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, SHA256())


def test_policies_are_printed_without_a_server(vault, cluster, monkeypatch):
    """Each purpose has its own; neither an address nor a token is needed."""
    cluster()
    for variable in ("VAULT_ADDR", "VAULT_TOKEN", "HOME"):
        monkeypatch.delenv(variable)
    texts = {vault("policy", "--for", purpose).stdout for purpose in ("apply", "mint", "status", "revoke")}
    assert len(texts) == 4
    assert all(text.startswith('path "') for text in texts)
    assert vault("policy").exit_code == 2


def test_a_bad_spec_never_reaches_vault(vault, cluster, tmp_path):
    """It is told at its line, as everywhere."""
    cluster()
    path = tmp_path / "cluster.yaml"
    path.write_text(path.read_text().replace("domain: example.org", "domain: EXAMPLE"))
    for command in ("plan", "apply"):
        told = vault(command)
        assert (told.exit_code, "cluster.yaml:3:" in told.stderr, told.stdout) == (2, True, "")


@pytest.fixture
def begin(start, cluster, tmp_path):
    """Runs `cloudgen vault ...` on a spec in a process of its own."""
    cluster()

    def began(command, **environment):
        first, *rest = command.split()
        return start("vault", first, "cluster.yaml", *rest, cwd=tmp_path, HOME=str(tmp_path), **environment)

    return began


FAULTS = ("plan", "apply --yes --json")


@pytest.mark.parametrize(("command", "fault"), [(c, f) for c in FAULTS for f in ("down", "unknown", "cut")])
def test_no_fault_gives_a_token_away(begin, bao, command, fault):
    """One clear error, exit 2, no traceback, and the token nowhere."""
    token, judged = (bao.root, 0) if fault == "cut" else (CANARY, 0)

    def judge(*_):
        nonlocal judged
        judged += 1
        return "lost" if judged > 3 and fault == "cut" else 0

    with Front(bao.address, judge) as front:
        address = f"http://127.0.0.1:{free_port()}" if fault == "down" else front.address
        done = begin(command, VAULT_ADDR=address, VAULT_TOKEN=token, CLOUDGEN_DEBUG="1")
    said = (done.stdout + done.stderr).decode()
    assert (done.returncode, "Traceback" in said, token in said) == (2, False, False)
    if "--json" in command:
        assert [p["severity"] for p in json.loads(done.stdout)["problems"]] == ["error"]
    else:
        assert said.count("error") == 2
        assert "help:" in said


def test_without_vault_nothing_of_it_is_imported(start, begin, tmp_path):
    """hvac, requests and cryptography are for those who talk to Vault."""
    loads = re.compile(rb"\|\s+(hvac|requests|cryptography)\b")
    for args in (
        ("check", "cluster.yaml"),
        ("render", "cluster.yaml", "--out", "o"),
        ("limits", "cluster.yaml"),
        ("vault", "--help"),
        ("vault", "policy", "cluster.yaml", "--for", "mint"),
    ):
        done = start(*args, cwd=tmp_path, PYTHONPROFILEIMPORTTIME="1")
        assert done.returncode == 0
        assert loads.findall(done.stderr) == []
    assert loads.findall(begin("plan", PYTHONPROFILEIMPORTTIME="1", VAULT_TOKEN=CANARY).stderr)


def test_what_is_not_installed_is_told(begin, tmp_path):
    """hvac and cryptography come with an extra; without them the command says so."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['hvac'] = None\n")
    done = begin("plan", PYTHONPATH=f"{tmp_path}:{ROOT}", VAULT_TOKEN=CANARY)
    assert (done.returncode, b"pip install 'cloudgen[vault]'" in done.stderr) == (2, True)
