"""Container images as docker-archives: busybox and a program, under the references that a rendered machine asks for."""

import hashlib
import io
import json
import shutil
import tarfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from cloudgen.pieces import File, Node
from tests.judges import strict_yaml
from tests.judging import missing
from tests.lab.parts.cache import kept

_PAUSE: Final = b"#!/bin/sh\ntrap 'exit 0' TERM INT\nwhile :; do sleep 3600 & wait $!; done\n"
_APPLETS: Final = ("cat", "echo", "ls", "sh", "sleep", "wget")
_WITH: Final = {"etcd": ("etcd", "etcdctl", "etcdutl"), "pause": ()}
"""Programs of an image, where they are others than the one it is called after."""
_RESOLVER: Final = b"hosts: files dns\n"


def images(cache: Path, programs: Mapping[str, Path], node: Node) -> list[Path]:
    """An archive for each image of the machine's static pods and for its pause image: `ctr images import` reads it."""
    return [_image(cache, reference, programs) for reference in references(node)]


def references(node: Node) -> list[str]:
    """What kubelet and containerd will ask for, as it was rendered."""
    return sorted({*_of_pods(node), *_of_sandboxes(node)})


def _of_pods(node: Node) -> Iterator[str]:
    for file in node.of(File):
        if "/manifests/" in file.path and isinstance(file.content, str):
            pod = strict_yaml.load(file.content)
            if pod["kind"] == "Pod":
                yield from (container["image"] for container in pod["spec"]["containers"])


def _of_sandboxes(node: Node) -> Iterator[str]:
    for file in node.of(File):
        if file.path == "/etc/containerd/config.toml" and isinstance(file.content, str):
            plugins = tomllib.loads(file.content)["plugins"]
            yield plugins["io.containerd.grpc.v1.cri"]["sandbox_image"]


def _image(cache: Path, reference: str, programs: Mapping[str, Path]) -> Path:
    name = reference.rpartition("/")[2].partition(":")[0]
    files = [programs[program] for program in _WITH.get(name, (name,))]
    known = [str(file.relative_to(cache) if file.is_relative_to(cache) else file.name) for file in files]
    sources = [reference, *known, Path(__file__).read_text()]
    return kept(cache, f"image-{name}-*.tar", sources, lambda draft: _packed(reference, files, draft))


def _packed(reference: str, files: list[Path], target: Path) -> None:
    layer = _layer(files)
    digest = hashlib.sha256(layer).hexdigest()
    config: dict[str, Any] = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Cmd": ["/pause"], "Env": ["PATH=/usr/local/bin:/bin"]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        "history": [{"created_by": "tests/lab"}],
    }
    manifest = [{"Config": "config.json", "RepoTags": [reference], "Layers": ["layer.tar"]}]
    with tarfile.open(target, "w") as archive:
        _add(archive, "config.json", json.dumps(config).encode())
        _add(archive, "layer.tar", layer)
        _add(archive, "manifest.json", json.dumps(manifest).encode())


def _layer(files: list[Path]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as layer:
        for folder in ("bin", "etc", "tmp", "usr", "usr/local", "usr/local/bin"):
            layer.addfile(_entry(folder, tarfile.DIRTYPE))
        _add(layer, "bin/busybox", Path(shutil.which("busybox") or missing("busybox")).read_bytes())
        for applet in _APPLETS:
            link = _entry(f"bin/{applet}", tarfile.SYMTYPE)
            link.linkname = "busybox"
            layer.addfile(link)
        _add(layer, "pause", _PAUSE)
        _add(layer, "etc/nsswitch.conf", _RESOLVER)
        for file in files:
            _add(layer, f"usr/local/bin/{file.name}", file.read_bytes())
    return stream.getvalue()


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = _entry(name, tarfile.REGTYPE)
    entry.size = len(data)
    archive.addfile(entry, io.BytesIO(data))


def _entry(name: str, kind: bytes) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode = kind, 0o755
    return entry
