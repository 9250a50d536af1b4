"""A rendered machine as the files that would be seen on it after a good boot; nothing is written anywhere."""

import posixpath
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cloudgen.assemble import lower
from cloudgen.generate import machine_facts
from cloudgen.pieces import Directory, File
from cloudgen.verify import Files, Finding, Kind, Seen, State, machine_of, verify, wanted
from tests.specs import node, spec
from tests.verify.issuing import NOW, Leaf, authority, key, private, public

ELSEWHERE: Mapping[str, Any] = {
    "clusterName": "blue",
    "domain": "k8s.example.net",
    "masters": [{"name": "node-a", "address": "192.0.2.7"}, {"name": "node-b"}, {"name": "node-c"}],
    "networking": {"serviceSubnet": "10.7.0.0/16", "podSubnet": "10.8.0.0/16", "dnsDomain": "blue.internal"},
    "ports": {"kubeApiserver": 7443, "etcdClient": 3379},
    "paths": {"root": "/srv/kube", "keyKeeper": "/srv/keeper", "etcdData": "/srv/etcd", "kubelet": "/srv/kubelet"},
}
"""Nothing is where, or called, as the defaults have it."""


class Disk(dict[str, Seen]):
    """Files by path; folders list what is put below them."""

    def put(self, path: str, data: bytes | str = b"", mode: int = 0o600, **about: Any) -> None:
        """A file, in place of another one."""
        content = data.encode() if isinstance(data, str) else data
        self[path] = Seen(kind=Kind.FILE, mode=mode, data=content, **about)
        self._list(path)

    def folder(self, path: str, mode: int = 0o755) -> None:
        """A folder."""
        entries = self[path].entries if path in self else ()
        self[path] = Seen(kind=Kind.FOLDER, mode=mode, entries=entries)
        self._list(path)

    def change(self, path: str, **changes: Any) -> None:
        """Something else about a file."""
        self[path] = replace(self[path], **changes)

    def drop(self, path: str) -> None:
        """No such file any more."""
        del self[path]
        folder, name = posixpath.split(path)
        self.change(folder, entries=tuple(entry for entry in self[folder].entries if entry != name))

    def _list(self, path: str) -> None:
        folder, name = posixpath.split(path)
        if folder != path:
            if folder not in self:
                self.folder(folder)
            self.change(folder, entries=tuple(sorted({*self[folder].entries, name} - {""})))


def booted(machine: str = "master-0", **sections: Any) -> Disk:
    """A machine of such a spec whose bootstrap is through, with its PKI."""
    facts, disk = machine_facts(spec(**sections), machine), Disk()
    for piece in lower(node(machine, **sections)).pieces:
        if isinstance(piece, Directory):
            disk.folder(piece.path, piece.mode)
        elif isinstance(piece, File) and isinstance(piece.content, str | bytes):
            disk.put(piece.path, piece.content, piece.mode)
    state = facts.paths.state
    disk.put(f"{state}/done", "time=2030-05-05T11:00:00Z\n", 0o644)
    disk.put(f"{state}/post-install.done", "time=2030-05-05T11:01:00Z\n", 0o644)
    disk.put("/etc/hostname", f"{facts.machine.node}\n", 0o644)
    disk.folder(facts.paths.etcd_data, 0o700)
    for unit in disk["/etc/cloudgen/units"].text.splitlines():
        disk.put(f"/etc/systemd/system/multi-user.target.wants/{unit}")
    for issuer in facts.pki.issuers:
        for name in ("role-id", "secret-id"):
            disk.put(f"{facts.paths.key_keeper}/vault/{issuer.name}/{name}", b"id")
        disk.put(f"{state}/unwrap/{issuer.name}", "done 0\n")
    for ca in facts.pki.authorities:
        disk.put(ca.path, authority(ca.name))
    for certificate in facts.pki.certificates:
        disk.put(certificate.path, Leaf.of(certificate).pem())
        disk.put(certificate.key_path, private(key(certificate.name)))
    for half, write in (("private", private), ("public", public)):
        disk.put(facts.pki.half(half).path, write(key("service account")))
    return disk


def findings(files: Files) -> list[Finding]:
    """What is found on such a machine, looked at as the edge looks."""
    seen: dict[str, Seen] = {}
    while more := wanted(seen) - seen.keys():
        seen |= {path: files.get(path, Seen(kind=Kind.ABSENT)) for path in more}
    return [*verify(machine_of(seen), NOW)]


def told(files: Files) -> list[str]:
    """What is not well, in one line each."""
    states = {State.FAIL, State.WARNING}
    return [f"{f.state} {f.check} {f.subject}: {f.message}" for f in findings(files) if f.state in states]
