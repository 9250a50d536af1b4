"""A registry that images are pulled from: docker-archives under their own references, over the distribution API.

Specified at github.com/opencontainers/distribution-spec; what containerd asks for is there, and no more.
"""

import hashlib
import json
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tests.lab.parts.serving import serving

PORT: Final = 5000
_DOCKER: Final = "application/vnd.docker"
MANIFEST: Final = f"{_DOCKER}.distribution.manifest.v2+json"
_CONFIG: Final = f"{_DOCKER}.container.image.v1+json"
_LAYER: Final = f"{_DOCKER}.image.rootfs.diff.tar"
_BINARY: Final = "application/octet-stream"


@dataclass
class Registry:
    """Answers by path: a kind of content, and the content."""

    answers: dict[str, tuple[str, bytes]] = field(default_factory=lambda: {"/v2/": (_BINARY, b"{}")})

    def add(self, archives: Iterable[Path]) -> None:
        """Every image of these docker-archives; the host of a reference is not part of a path."""
        for archive in archives:
            with tarfile.open(archive) as tar:
                files = {entry.name: _read(tar, entry) for entry in tar if entry.isfile()}
            for image in json.loads(files["manifest.json"]):
                layers = [(_LAYER, files[name]) for name in image["Layers"]]
                for reference in image["RepoTags"]:
                    self._add_image(reference, files[image["Config"]], layers)

    def _add_image(self, reference: str, config: bytes, layers: list[tuple[str, bytes]]) -> None:
        name, _, tag = reference.partition("/")[2].rpartition(":")
        blobs = [(_CONFIG, config), *layers]
        described, *others = [_described(kind, data) for kind, data in blobs]
        whole = {"schemaVersion": 2, "mediaType": MANIFEST, "config": described, "layers": others}
        manifest = json.dumps(whole).encode()
        for _, data in blobs:
            self.answers[f"/v2/{name}/blobs/{_digest(data)}"] = (_BINARY, data)
        for version in (tag, _digest(manifest)):
            self.answers[f"/v2/{name}/manifests/{version}"] = (MANIFEST, manifest)

    @contextmanager
    def serving(self, address: str) -> Iterator[str]:
        """Its URL, while it answers."""
        server = _Server((address, PORT), _Handler)
        server.registry = self
        with serving(server):
            yield f"http://{address}:{PORT}"


class _Server(ThreadingHTTPServer):
    registry: Registry
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(whole=True)

    def do_HEAD(self) -> None:
        self._answer(whole=False)

    def _answer(self, *, whole: bool) -> None:
        found = self.server.registry.answers.get(urlsplit(self.path).path)
        if found is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        kind, data = found
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Docker-Content-Digest", _digest(data))
        self.end_headers()
        if whole:
            self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def _read(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    stream = tar.extractfile(entry)
    assert stream is not None
    return stream.read()


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _described(kind: str, data: bytes) -> dict[str, str | int]:
    return {"mediaType": kind, "size": len(data), "digest": _digest(data)}
