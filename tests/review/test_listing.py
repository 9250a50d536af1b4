from cloudgen.assemble import assemble
from cloudgen.review.listing import Row, as_json, listing
from tests.nodes import EVERY_KIND

NODE, _ = assemble("m", EVERY_KIND)


def test_rows():
    """Files and folders show mode, owner and bytes; a secret shows no size; others show their name."""
    rows = listing(NODE)
    assert Row("/etc/motd", "0644", "root:root", 6, "file") in rows
    assert Row("/etc/kubernetes/a.yaml", "0640", "root:ops", 17, "file") in rows
    assert Row("/etc/token", "0600", "root:root", 0, "secret") in rows
    assert Row("/var/lib/x", "0700", "root:root", 0, "directory") in rows
    assert Row("curl", "", "", 0, "package") in rows
    assert len(rows) == len(NODE.pieces)


def test_what_is_no_file_is_told_whole():
    """A change of who may log in, or of a disk, changes the listing: the tree of files does not show it."""
    paths = {row.kind: row.path for row in listing(NODE)}
    assert paths["user"] == "ops (/bin/bash, sudo, group adm, group sudo, ssh-ed25519 AAAA ops@example)"
    assert paths["disk"] == "/var/lib/etcd (ext4 etcd on /dev/disk/by-id/virtio-etcd)"


def test_as_json():
    """The same rows as plain data."""
    row = {"path": "/etc/kubernetes/a.yaml", "mode": "0640", "owner": "root:ops", "size": 17, "kind": "file"}
    rows = as_json(NODE)
    assert isinstance(rows, list)
    assert rows[0] == row
