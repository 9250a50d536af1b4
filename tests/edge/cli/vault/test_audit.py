"""What Vault's own audit log tells of a run: who used what, by metadata and accessor, and no secret."""

import json
from pathlib import Path

import pytest

from tests.edge.cli.vault.labs import Lab
from tests.openbao import development_server

DEVICE = 'audit "file" "file" {\n  options { file_path = "%s" }\n}\n'


@pytest.fixture
def log(tmp_path):
    return tmp_path / "audit.log"


@pytest.fixture
def bao(tmp_path, log):
    """A server that writes an audit log."""
    folder = tmp_path / "server"
    folder.mkdir()
    (folder / "audit.hcl").write_text(DEVICE % log)
    with development_server(folder, f"-config={folder}/audit.hcl") as server:
        yield server


def test_a_token_is_followed_by_name_and_accessor(vault, cluster, bao, log):
    """Its metadata stands beside each use; the hash of the manifest's accessor is that of whoever unwrapped."""
    one = Lab(cluster(), vault, bao)
    one.minted("--issuer", "etcd-ca")
    wrapping, accessor = one.lines()["master-0", "etcd-ca"][0], one.accessors["master-0", "etcd-ca"][0]
    inner = one.unwrap("etcd-ca")["auth"]["client_token"]
    secret_id = one.exchange(inner, "etcd-ca")
    hashed = bao.call("POST", "sys/audit-hash/file", {"input": accessor})["data"]["hash"]
    requests = [entry for entry in map(json.loads, log.read_text().splitlines()) if entry["type"] == "request"]
    meta = {"cluster": one.name, "machine": "master-0", "issuer": "etcd-ca", "run": one.runs[0]["run"]}
    uses = [e["request"]["path"].rpartition("/")[2] for e in requests if e["auth"].get("metadata") == meta]
    assert uses == ["role-id", "secret-id"]
    opened = [e for e in requests if e["request"]["path"] == "sys/wrapping/unwrap"]
    assert [entry["request"]["client_token_accessor"] for entry in opened] == [hashed]
    assert not [secret for secret in (bao.root, wrapping, inner, secret_id) if secret in Path(log).read_text()]
