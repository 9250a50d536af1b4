"""Sandboxes to run scripts in, a real HTTP server, a real Vault-compatible server."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.openbao import development_server
from tests.scripts.certificates import Pki
from tests.scripts.minting import MOUNT, issuers
from tests.scripts.sandbox import Bao, Sandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path / "root")


@pytest.fixture
def booting(sandbox: Sandbox) -> Sandbox:
    """A sandbox whose bootstrap passes: nothing to unwrap, nothing to download, everything else stubbed or real."""
    sandbox.stub("timedatectl", "echo yes")
    sandbox.table("units", ("containerd.service",), ("key-keeper.service",), ("kubelet.service",))
    sandbox.settings |= {
        "VAULT_ADDR": "http://127.0.0.1:9",
        "VAULT_MODE": "wrapped-token",
        "ETCD_DATA_DIR": str(sandbox.root / "var/lib/etcd"),
        "RESOLV_LINK": str(sandbox.root / "etc/cloudgen/resolv.conf"),
    }
    (sandbox.root / "etc/resolv.conf").write_text("nameserver 127.0.0.53\n")
    (sandbox.root / "etc/fstab").write_text("LABEL=root / ext4 defaults 0 1\n")
    (sandbox.root / "etc/hosts").write_text("127.0.0.1 localhost\n")
    return sandbox


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, Path, list[str]]]:
    """A real HTTP server: its address, its folder, and the paths it was asked for."""
    folder, asked = tmp_path / "site", []
    folder.mkdir()

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            asked.append(str(args[1]))

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", folder, asked
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bao]:
    """A real OpenBao in development mode on a port of its own; stopped by its process id."""
    with development_server(tmp_path_factory.mktemp("bao")) as client:
        yield client


@pytest.fixture
def unwrapping(sandbox: Sandbox, bao: Bao) -> Sandbox:
    """A sandbox with two issuers whose AppRoles exist in Vault."""
    sandbox.settings |= {"VAULT_ADDR": bao.address, "VAULT_MODE": "wrapped-token", "VAULT_CACERT": ""}
    for name in ("etcd-peer", "kubelet-client"):
        bao.issuer(MOUNT, f"{name}-master-0")
    issuers(sandbox, "etcd-peer", "kubelet-client")
    return sandbox


@pytest.fixture
def pki(sandbox: Sandbox) -> Pki:
    sandbox.stub("systemctl", 'case $1 in show) cat "${STARTED:-/dev/null}";; esac')
    return Pki(sandbox)
