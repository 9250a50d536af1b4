"""Issuers, their tokens and their files in a sandbox."""

import shutil
from pathlib import Path
from typing import Any

from tests.scripts.sandbox import Bao, Sandbox

CURL = shutil.which("curl")
MOUNT = "clusters/example/approle"
PLACEHOLDER, UNREACHABLE, EXPIRED, LOST, REFUSED, MALFORMED, UNEXPECTED, STOLEN, REWRAPPED = (*range(20, 27), 30, 31)


def issuers(sandbox: Sandbox, *names: str) -> None:
    sandbox.table(
        "issuers", *((n, f"{n}-master-0", MOUNT, f"{n}-master-0", *map(str, files(sandbox, n))) for n in names)
    )


def files(sandbox: Sandbox, name: str) -> tuple[Path, Path]:
    folder = Path(sandbox.settings["KEY_KEEPER_DIR"]) / name
    return folder / "role-id", folder / "secret-id"


def give(sandbox: Sandbox, name: str, token: str, expiry: int, *more: str) -> str:
    folder = sandbox.state / "tokens"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join((token, str(expiry), *more)) + "\n")
    return token


def give_all(sandbox: Sandbox, bao: Bao, **mint: Any) -> list[str]:
    return [give(sandbox, n, *bao.mint(f"{n}-master-0", **mint)) for n in ("etcd-peer", "kubelet-client")]


def on_unwrap(sandbox: Sandbox, action: str) -> None:
    """Real curl, but for the one request that unwraps."""
    case = f"case $input in *wrapping/unwrap*) {action};; esac"
    sandbox.stub("curl", f'input=$(cat)\n{case}\nprintf %s "$input" | {CURL} "$@"')


def everything(root: Path) -> bytes:
    return b"".join(p.read_bytes() for p in root.rglob("*") if p.is_file())


def login(bao: Bao, sandbox: Sandbox, name: str) -> dict[str, Any]:
    role_id, secret_id = (f.read_text() for f in files(sandbox, name))
    return dict(bao.call("POST", f"auth/{MOUNT}/login", {"role_id": role_id, "secret_id": secret_id})["auth"])
