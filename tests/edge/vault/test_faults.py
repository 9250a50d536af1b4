"""What goes wrong with a server: each has its own sentence, says what to do, and gives no token away."""

import re
import threading
import time
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from cloudgen.edge.vault.client import Client
from cloudgen.edge.vault.connection import Connection, connection
from cloudgen.edge.vault.reading import preflight, read_live
from cloudgen.report import Refused
from cloudgen.secrets import Secret
from cloudgen.vault import PURPOSES, least_policy
from tests.edge.vault.servers import Front, client, cluster, minted, planned, provisioned
from tests.openbao import development_server
from tests.scripts.sandbox import free_port
from tests.specs import spec
from tests.vault.fronts import Front as TlsFront
from tests.vault.fronts import private

CANARY = "canary-5c1e0b7d"


def refusal(act: Callable[[], object]) -> str:
    """The only problem of what is refused: its message and remedy, which hold no token."""
    with pytest.raises(Refused) as caught:
        act()
    (problem,) = caught.value.report
    assert CANARY not in f"{caught.value!r}{problem}"
    # No chain of exceptions leads to a request, which would hold the token.
    assert caught.value.__context__ is None or isinstance(caught.value.__context__, Refused)
    assert problem.remedy
    return problem.message


def looking(on: Client) -> Callable[[], None]:
    return lambda: preflight(on, cluster(), reading=True)


def test_a_wrong_token_is_told(bao):
    """A token that the server does not know is not taken for one that may not enough."""
    assert "does not know the token" in refusal(looking(client(bao, CANARY)))


def test_a_server_that_is_down_is_told(bao):
    """Nobody listens."""
    on = client(bao, CANARY, f"http://127.0.0.1:{free_port()}")
    assert re.search("connection to Vault at .* fails: connection refused", refusal(looking(on)))


def test_a_name_that_does_not_resolve_is_told(bao):
    """The address is named."""
    assert "http://vault.invalid" in refusal(looking(client(bao, CANARY, "http://vault.invalid:8200")))


@pytest.mark.parametrize("address", ["vault.example.org:8200", "http://", "http://[::1", "ftp://a"])
def test_an_address_that_is_none_is_told(bao, address):
    """VAULT_ADDR may hold anything."""
    assert refusal(looking(client(bao, CANARY, address)))


def test_a_sealed_server_is_told(tmp_path):
    """Before and in the midst of a run."""
    with development_server(tmp_path) as own:
        own.call("PUT", "sys/seal")
        assert refusal(looking(client(own))).endswith("is sealed")
        assert refusal(lambda: client(own).write("sys/mounts/a", {"type": "pki"})).endswith("is sealed")


def test_what_is_missing_is_told_before_anything_is_done(bao):
    """A token without the policy gets a list of what it lacks, and of the command that prints what it needs."""
    on, wanted = client(bao), cluster()
    token = minted(on, 'path "sys/capabilities-self" { capabilities = ["update"] }')
    message = refusal(lambda: preflight(token, wanted, reading=False))
    assert message.startswith("the Vault token lacks read at auth/token/lookup-self, read at sys/mounts")
    assert re.search(r"and \d\d\d? more$", message)


def test_what_is_forbidden_is_told_by_path(bao):
    """Where a token may not even ask what it may."""
    token = minted(client(bao), 'path "sys/mounts" { capabilities = ["read"] }')
    assert refusal(lambda: read_live(token, cluster())) == "the Vault token may not read sys/auth"


@pytest.mark.parametrize("mode", ["self-signed", "root"])
def test_the_least_policy_for_apply_is_enough(bao, mode):
    """A token that holds nothing but it provisions from nothing, finds no change then, and mends drift."""
    on, wanted = client(bao), cluster(vault={"server": bao.address, "authorities": {"mode": mode}})
    own = minted(on, least_policy(wanted, "apply"))
    preflight(own, wanted, reading=False)
    provisioned(own, wanted)
    assert planned(own, wanted).steps == ()
    on.write(f"sys/mounts/{wanted.prefix}/pki/etcd/tune", {"max_lease_ttl": "10h"})
    on.write(f"{wanted.prefix}/pki/etcd/roles/etcd-client", {"allow_any_name": True})
    provisioned(own, wanted)
    assert planned(own, wanted).steps == ()


def test_the_least_policy_for_apply_reads_no_key(bao):
    """It makes the service-account key pair and cannot read it, nor sign, nor make tokens."""
    on, wanted = client(bao), cluster()
    own = minted(on, least_policy(wanted, "apply"))
    provisioned(own, wanted)
    assert "may not read" in refusal(lambda: own.read(wanted.key_pair))
    for path in (
        f"{wanted.prefix}/pki/etcd/sign/etcd-client",
        f"auth/token/create/{wanted.run_role.name}",
        "auth/token/create",
    ):
        assert "may not write" in refusal(partial(own.write, path))


@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_least_policy_is_one(bao, purpose):
    """The server takes it as it is printed."""
    path, text = f"sys/policies/acl/least-{purpose}", least_policy(cluster(), purpose)
    client(bao).write(path, {"policy": text})
    assert (client(bao).read(path) or {})["policy"] == text


@pytest.mark.parametrize(("status", "times", "tells"), [(429, 2, ""), (503, 2, ""), (429, 9, "busy"), (502, 1, "502")])
def test_a_busy_server_is_asked_again_within_bounds(bao, status, times, tells):
    """What was refused is asked for again, three times; what may have been done is not."""
    seen = []

    def judge(_, path):
        seen.append(path)
        return status if len(seen) <= times else 0

    with Front(bao.address, judge) as front:
        on = client(bao, address=front.address)
        if tells:
            assert tells in refusal(lambda: on.read("sys/mounts"))
        else:
            assert on.read("sys/mounts")
    assert len(seen) == {429: 3, 503: 3, 502: 1}[status]


def test_a_slow_server_is_not_waited_for_for_ever(bao):
    """Patience has an end, and is told."""

    def judge(*_):
        time.sleep(1)
        return 0

    with Front(bao.address, judge) as front:
        on = Client(Connection(address=front.address, token=Secret(CANARY), patience=0.2))
        assert refusal(on.check).endswith("does not answer in time")


def test_a_redirect_is_not_followed(bao):
    """The token goes to the server that was named, and to no other."""
    with Front(bao.address, lambda *_: 307) as front:
        assert "redirects" in refusal(looking(client(bao, address=front.address)))


@pytest.mark.parametrize("body", [b"<html>Welcome</html>", b"[]", b"", b"\xff\xfe"])
def test_something_else_that_answers_is_told(bao, body):
    """A web server, or a proxy's login page."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_LIST = do_POST = do_GET  # noqa: N815 - names of the protocol

        def log_message(self, *_):
            """Silent."""

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        on = client(bao, CANARY, f"http://127.0.0.1:{server.server_port}")
        assert "is no Vault" in refusal(lambda: read_live(on, cluster()))
        server.shutdown()


def test_a_private_authority_must_be_named(bao, tmp_path):
    """Over TLS the certificate is verified: unknown authorities are told, VAULT_CACERT makes them known."""
    authority = private(tmp_path / "ca")
    with TlsFront(bao.address, authority) as front:
        to = Connection(address=front.address, token=Secret(bao.root))
        assert "is not trusted" in refusal(lambda: Client(to).check())
        known = Connection(address=front.address, token=Secret(bao.root), ca_cert=str(authority.certificate))
        Client(known).check()


def test_plain_words_to_a_tls_server_and_the_other_way_round_are_told(bao, tmp_path):
    """Whoever mistook http for https is asked whether he did."""
    with TlsFront(bao.address, private(tmp_path / "ca")) as front:
        plain = front.address.replace("https", "http")
        with pytest.raises(Refused, match="fails") as caught:
            client(bao, address=plain).check()
        assert "is it https?" in caught.value.report.problems[0].remedy
    with pytest.raises(Refused, match="speaks no TLS") as caught:
        client(bao, address=bao.address.replace("http", "https")).check()
    assert "is it http?" in caught.value.report.problems[0].remedy


def test_a_proxy_that_is_down_is_told(bao, monkeypatch):
    """It is not Vault that fails then."""
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert refusal(looking(client(bao, CANARY, "http://vault.invalid"))).startswith("the proxy before Vault at")


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_authority_that_cannot_be_read_is_told(bao, tmp_path, content):
    """VAULT_CACERT may name nothing, or something else."""
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content)
    with TlsFront(bao.address, private(tmp_path / "ca")) as front:
        to = Connection(address=front.address, token=Secret(CANARY), ca_cert=str(path))
        assert "cannot be used" in refusal(lambda: Client(to).check())


def test_the_connection_comes_from_the_environment(tmp_path):
    """VAULT_ADDR, VAULT_CACERT and VAULT_NAMESPACE win over the spec, VAULT_TOKEN over the token file."""
    settings = spec(vault={"server": "https://vault.example.org:8200/", "caCert": "ca.pem"}).vault
    environment = {
        "VAULT_ADDR": "http://127.0.0.1:8200/",
        "VAULT_TOKEN": CANARY,
        "VAULT_CACERT": "/ca",
        "VAULT_NAMESPACE": "a/",
    }
    found = connection(settings, tmp_path, environment)
    assert (found.address, found.ca_cert, found.namespace) == ("http://127.0.0.1:8200", "/ca", "a")
    assert CANARY not in repr(found)
    (tmp_path / ".vault-token").write_text(f"{CANARY}\n")
    found = connection(settings, tmp_path, {"HOME": str(tmp_path)})
    assert (found.address, found.ca_cert) == ("https://vault.example.org:8200", f"{tmp_path}/ca.pem")
    assert found.token == Secret(CANARY)


@pytest.mark.parametrize(
    ("timeout", "retries", "patience", "pauses"),
    [
        ("", "", 30, (0.5, 1, 2)),
        ("60", "0", 60, ()),
        ("2m", "6", 120, (0.5, 1, 2, 4, 8, 8)),
        ("50ms", "1", 0.05, (0.5,)),
    ],
)
def test_patience_comes_from_the_environment(tmp_path, timeout, retries, patience, pauses):
    """VAULT_CLIENT_TIMEOUT and VAULT_MAX_RETRIES mean what they mean to vault."""
    settings = spec(vault={"server": "https://vault.example.org:8200"}).vault
    environment = {"VAULT_TOKEN": "t", "VAULT_CLIENT_TIMEOUT": timeout, "VAULT_MAX_RETRIES": retries}
    found = connection(settings, tmp_path, environment)
    assert (found.patience, found.pauses) == (patience, pauses)


@pytest.mark.parametrize(
    ("environment", "tells"),
    [
        ({}, "there is no Vault token"),
        ({"VAULT_TOKEN": "a\nb"}, "characters that no token has"),
        ({"VAULT_TOKEN": "t", "VAULT_NAMESPACE": "b"}, "VAULT_NAMESPACE is b, and the spec says a"),
        ({"VAULT_TOKEN": "t", "VAULT_ADDR": "vault:8200"}, "VAULT_ADDR is 'vault:8200'"),
        ({"VAULT_TOKEN": "t", "VAULT_CLIENT_TIMEOUT": "soon"}, "VAULT_CLIENT_TIMEOUT is 'soon'"),
        ({"VAULT_TOKEN": "t", "VAULT_CLIENT_TIMEOUT": "0"}, "VAULT_CLIENT_TIMEOUT is '0'"),
        ({"VAULT_TOKEN": "t", "VAULT_MAX_RETRIES": "-1"}, "VAULT_MAX_RETRIES is '-1'"),
    ],
)
def test_an_environment_that_cannot_be_used_is_told(tmp_path, environment, tells):
    """Before anything is asked."""
    settings = spec(vault={"server": "https://vault.example.org:8200", "namespace": "a"}).vault
    assert tells in refusal(lambda: connection(settings, tmp_path, environment))
