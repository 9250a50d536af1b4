"""Authorities that somebody outside signs: their CSRs go out as files, their certificates come in as files."""

import sys
from collections.abc import Mapping
from pathlib import Path

from cloudgen.edge.cli.console import Console
from cloudgen.edge.reading import read_bytes, refused
from cloudgen.edge.staging import PUBLIC, Staging
from cloudgen.vault import Plan


def read_signed(folder: Path | None, plan: Plan) -> dict[str, tuple[str, str]]:
    """Name and text of the signed certificates that are there, by mount. Raises `Refused`."""
    if folder is None:
        return {}
    mounts = [step.name for step in plan.steps if step.how == "csr"]
    paths = {mount: folder / f"{mount.rpartition('/')[2]}.pem" for mount in mounts}
    if mounts and not any(path.exists() for path in paths.values()):
        expected = ", ".join(path.name for path in paths.values())
        raise refused(f"{folder} holds none of {expected}", "name the signed certificates so")
    return {
        mount: (str(path), read_bytes(str(path)).decode("utf-8", "replace"))
        for mount, path in paths.items()
        if path.exists()
    }


def write_csrs(waiting: Mapping[str, str], folder: Path | None, console: Console) -> None:
    """CSRs to files named after their mounts, or to stdout. Raises `Refused`."""
    if not waiting:
        return
    if folder is None:
        if not console.json:
            sys.stdout.write("".join(f"{csr.strip()}\n" for csr in waiting.values()))
    else:
        with Staging(PUBLIC) as staging:
            for mount, csr in waiting.items():
                staging.add(folder / f"{mount.rpartition('/')[2]}.csr", f"{csr.strip()}\n".encode())
            staging.commit()
    where = f"in {folder}" if folder else "above"
    console.note(f"CSRs {where}: have them signed as authorities, then run apply --signed DIR (etcd.pem and so on)")
