"""Questions over TLS to real servers on loopback: answered, refused, slow, garbage; and etcd itself."""

import http.server
import json
import ssl
import subprocess
import threading
import time
from pathlib import Path

import pytest

from cloudgen.edge.machine import https
from cloudgen.edge.machine.asking import ask_cluster, ask_etcd
from cloudgen.edge.machine.https import Identity, ask
from cloudgen.verify import Machine, State
from tests.judges.certificates import Authority
from tests.judges.etcd import etcds, localised, manifest_flags
from tests.specs import MANIFESTS, content
from tests.verify.answers import NODE, NODES, PODS
from tests.verify.machines import booted


@pytest.fixture
def identity(tmp_path):
    return made(tmp_path / "pki")


def made(folder: Path) -> Identity:
    folder.mkdir()
    authority = Authority.made(folder)
    return Identity(str(authority.certificate), str(authority.member), str(authority.member_key))


class Quiet(http.server.ThreadingHTTPServer):
    """A server that says nothing."""

    def handle_error(self, *args):
        """A client that is refused is no news."""


@pytest.fixture
def server(identity):
    """An HTTPS server that wants a client's certificate and answers by path; its address, and its answers."""
    answers: dict[str, object] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = answers.get(self.path)
            if callable(body):
                body(self)
                return
            self.send_response(200 if body is not None else 404)
            self.end_headers()
            self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

        def log_message(self, *args):
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.certificate, identity.key)
    context.load_verify_locations(identity.authority)
    context.verify_mode = ssl.CERT_REQUIRED
    with Quiet(("127.0.0.1", 0), Handler) as found:
        found.socket = context.wrap_socket(found.socket, server_side=True)
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield f"https://127.0.0.1:{found.server_port}", answers
        found.shutdown()
        thread.join()


def test_an_answer(server, identity):
    """Status, document and text; a proxy of the environment is not asked."""
    url, answers = server
    answers["/a?b=c"] = {"d": 1}
    found = ask(f"{url}/a?b=c", identity)
    assert (found.good, found.document, found.text) == (True, {"d": 1}, '{"d": 1}')
    missing = ask(f"{url}/x", identity)
    assert (missing.good, missing.why) == (False, "HTTP 404")


def test_no_proxy_is_asked(server, identity, monkeypatch):
    """Whatever the environment says."""
    url, answers = server
    answers["/"] = {}
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(f"{url}/", identity).good


def test_another_authority_is_not_trusted(server, tmp_path):
    """In the words of the check that failed."""
    stranger = made(tmp_path / "other")
    assert ask(f"{server[0]}/", stranger).why.startswith("its certificate is not trusted: ")


def test_another_name_is_not_trusted(server, identity):
    """A certificate for 127.0.0.1 and localhost does not serve 127.0.0.2; here nobody listens there at all."""
    port = server[0].rpartition(":")[2]
    assert ask(f"https://127.0.0.2:{port}/", identity).why in {"connection refused", "its certificate is not trusted"}


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://127.0.0.1:9/", "connection refused"),
        ("https://127.0.0.1:notaport/", "Port could not be cast to integer value as 'notaport'"),
        ("https://name.invalid:1/", "name or service not known"),
    ],
)
def test_no_server(identity, url, why):
    """Told, not raised."""
    assert ask(url, identity).why in {why, "temporary failure in name resolution"}


def test_an_identity_that_is_none(server, identity, tmp_path):
    """A missing or a damaged file, and a key that is another's; nobody is asked for a passphrase."""
    (tmp_path / "bad.pem").write_text("rubbish")
    bad, gone = str(tmp_path / "bad.pem"), str(tmp_path / "gone.pem")
    for key in (bad, gone, made(tmp_path / "other").key):
        assert ask(server[0], Identity(identity.authority, identity.certificate, key)).fault
    assert ask(server[0], Identity(bad, identity.certificate, identity.key)).fault


def test_waiting_ends(server, identity, monkeypatch):
    """A server that says nothing, one that drips, and one that never stops."""
    monkeypatch.setattr(https, "_TIMEOUT", 0.3)
    monkeypatch.setattr(https, "_WHOLE", 0.6)
    monkeypatch.setattr(https, "_MOST", 1000)

    def drip(handler):
        handler.send_response(200)
        handler.end_headers()
        for _ in range(20):
            handler.wfile.write(b"x")
            time.sleep(0.1)

    def flood(handler):
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"x" * 5000)

    url, answers = server
    answers |= {"/silent": lambda _: time.sleep(1), "/drip": drip, "/flood": flood}
    said = {path: ask(f"{url}{path}", identity).why for path in ("/silent", "/drip", "/flood")}
    assert said == {"/silent": "no answer in time", "/drip": "no answer in time", "/flood": "the answer is too long"}


def test_garbage_is_no_document(server, identity):
    """An answer that is no JSON, or too deep, is text alone."""
    url, answers = server
    answers |= {"/a": b"\xff<html>", "/b": b"[" * 100_000}
    assert [ask(f"{url}{path}", identity).document for path in ("/a", "/b")] == [None, None]


def test_the_api_is_asked_as_the_administrator(server, identity):
    """Ready, the node, the other nodes, and the pods of this machine."""
    url, answers = server
    answers |= {
        "/readyz?verbose": b"readyz check passed",
        "/api/v1/nodes/master-0-example": NODE,
        "/api/v1/nodes": NODES,
        "/api/v1/pods?fieldSelector=spec.nodeName%3Dmaster-0-example": PODS,
    }
    found = [*ask_cluster(asked_at(url, identity))]
    assert [(f.check, f.subject, f.state) for f in found] == [
        ("api", url, State.OK),
        ("nodes", "master-0-example", State.OK),
        ("pods", "etcd", State.OK),
        ("pods", "kube-apiserver", State.OK),
        ("pods", "kube-controller-manager", State.OK),
        ("pods", "kube-scheduler", State.OK),
    ]


def test_where_the_api_is_down_containers_are_asked(identity, tmp_path):
    """crictl of the machine's own folder of binaries."""
    crictl = tmp_path / "bin/crictl"
    crictl.parent.mkdir()
    listed = {"containers": [{"metadata": {"name": "etcd"}, "state": "CONTAINER_RUNNING", "createdAt": "1", "id": "a"}]}
    crictl.write_text(f"#!/bin/sh\necho '{json.dumps(listed)}'\n")
    crictl.chmod(0o755)
    machine = asked_at("https://127.0.0.1:9", identity, binaries=str(crictl.parent))
    found = {(f.check, f.subject): f"{f.state}: {f.message}" for f in ask_cluster(machine)}
    assert found["api", "https://127.0.0.1:9"] == "fail: is not ready: connection refused"
    assert found["nodes", ""] == "skipped: the API is not ready"
    assert found["pods", "etcd"] == "ok: its container runs"
    assert found["pods", "kube-apiserver"] == "fail: its container: never started"


def test_without_any_answer_pods_are_skipped(identity, tmp_path):
    """No API, no crictl."""
    found = [*ask_cluster(asked_at("https://127.0.0.1:9", identity, binaries=str(tmp_path)))]
    assert found[-1].message == "the API is not ready, and crictl does not answer"


def asked_at(url: str, identity: Identity, binaries: str = "/usr/bin") -> Machine:
    """A machine whose administrator dials an address with an identity of the test's."""
    disk = booted()
    path = "/etc/kubernetes/admin.conf"
    text = disk[path].text.replace("https://127.0.0.1:6443", url)
    for name, file in (
        ("ca/kubernetes-ca.pem", identity.authority),
        ("certs/kube-apiserver/kubeadm-client.pem", identity.certificate),
        ("certs/kube-apiserver/kubeadm-client-key.pem", identity.key),
    ):
        text = text.replace(f"/etc/kubernetes/pki/{name}", file)
    disk.put(path, text)
    settings = "/etc/cloudgen/bootstrap.env"
    disk.put(settings, disk[settings].text + f'BIN_DIR="{binaries}"\n')
    return Machine(files=disk)


@pytest.mark.judge
def test_etcd_is_asked_as_the_api_server(tmp_path):
    """A real member with the manifest's flags: healthy and the leader; stopped, it is told."""
    etcd = etcds("3.5")[0]
    text = content(f"{MANIFESTS}/etcd.yaml", masters=[{"name": "a", "address": "10.0.0.1"}], machine="a")
    flags, _, client = localised(manifest_flags(text), tmp_path)
    machine = etcd_at(client, tmp_path)
    with subprocess.Popen([etcd.binary, *flags], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        try:
            end = time.monotonic() + 20
            while time.monotonic() < end and [f.state for f in ask_etcd(machine)] != [State.OK]:
                time.sleep(0.2)
            (found,) = ask_etcd(machine)
        finally:
            child.kill()
    assert (found.subject, found.message) == (client, f"healthy, {etcd.version}, leader")
    (found,) = ask_etcd(machine)
    assert (found.state, found.message) == (State.FAIL, "is not healthy: connection refused")


def etcd_at(client: str, folder: Path) -> Machine:
    """A machine with one member, whose certificates are those of the test."""
    masters = [{"name": "a", "address": "10.0.0.1"}]
    disk = booted("a", masters=masters)
    for pod in ("etcd", "kube-apiserver"):
        path = f"{MANIFESTS}/{pod}.yaml"
        text = disk[path].text.replace("https://a.example.example.org:2379", client)
        pki, names = "/etc/kubernetes/pki", ("ca/etcd-ca.pem", "certs/kube-apiserver/kube-apiserver-etcd-client")
        text = text.replace(f"{pki}/{names[0]}", str(folder / "ca.pem"))
        text = text.replace(f"{pki}/{names[1]}-key.pem", str(folder / "member-key.pem"))
        disk.put(path, text.replace(f"{pki}/{names[1]}.pem", str(folder / "member.pem")))
    return Machine(files=disk)
