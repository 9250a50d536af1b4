"""etcd's data: its folder, and its disk where the spec asked for one."""

import posixpath
from collections.abc import Iterator

from cloudgen.verify.findings import Check, Finding
from cloudgen.verify.machine import Machine
from cloudgen.verify.seen import Kind, exposed


def check_disk(machine: Machine) -> Iterator[Finding]:
    """Mode and owner of the folder; for a disk its line in fstab, and whether it is mounted."""
    path = machine.setting("ETCD_DATA_DIR")
    check, seen = Check("etcd data", path), machine.seen(path)
    if seen.kind is not Kind.FOLDER:
        why = f"cannot be read: {seen.fault}" if seen.fault else "there is no such folder"
        yield check.fail(why, "the bootstrap makes it: see its step disk")
        return
    if fault := exposed(seen, check, path, machine.owner, secret=True):
        yield fault
    if machine.setting("ETCD_DISK") == "yes":
        yield from _disk(machine, path, check)
    elif not fault:
        yield check.ok("a folder of the root disk")


def _disk(machine: Machine, path: str, check: Check) -> Iterator[Finding]:
    label = machine.setting("ETCD_DISK_LABEL")
    lines = [line.split() for line in machine.seen("/etc/fstab").text.splitlines()]
    if not any(line[1:2] == [path] and not line[0].startswith("#") for line in lines):
        remedy = f"systemctl restart cloudgen-bootstrap, or write the line of LABEL={label} yourself"
        yield check.fail(f"/etc/fstab does not mount the disk {label} there: it would be gone after a boot", remedy)
    if machine.seen(path).device != machine.seen(posixpath.dirname(path)).device:
        yield check.ok(f"is mounted (LABEL={label})")
    elif machine.seen(f"{path}/member").kind is Kind.ABSENT:
        yield check.skip("the disk is not mounted here")
    else:
        message = f"etcd wrote to the root disk: the disk {label} is not mounted"
        yield check.fail(message, "stop etcd, move the data away, mount the disk, and put the data that counts there")
