"""cloud-config: what cloud-init reads, on nearly every cloud image.

The order of cloud-init's modules explains most choices here (cloud-init, config/cloud.cfg.tmpl): write_files, mounts,
hostname, users, then packages, deferred write_files, and runcmd last of all.
"""

import base64
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, Self

from cloudgen.assemble import lower
from cloudgen.dump import Data, exact, to_yaml
from cloudgen.encoders import _cloud_config_reader as reader
from cloudgen.encoders._checks import hidden_by_disks, unknown_owners, without_install
from cloudgen.encoders._cloud_config_words import (
    COMMANDS,
    DISK_ALIAS,
    FIRST_LINE,
    STOP_AT_FAILURE,
)
from cloudgen.encoders._contents import data_of
from cloudgen.encoders._words import MOUNT_OPTIONS, SUDO
from cloudgen.paths import UNITS
from cloudgen.pieces import INSTALL, LATER_BOOTS, Command, Directory, Disk, File, Hostname, Node, Package, Unit, User
from cloudgen.report import Problem, warning
from cloudgen.secrets import SecretRef, Secrets

_REMEMBERED: Final = 512


class CloudConfig:
    """One document, never several: of two, the last one's lists replace the first one's."""

    name = "cloud-config"
    versions: tuple[str, ...] = ()
    compresses = False
    usual_groups: frozenset[str] = frozenset()

    def of_version(self, _version: str) -> Self:
        """Itself: there is one version of it."""
        return self

    def encode(self, node: Node, secrets: Secrets, *, packed: bool = False) -> str:  # noqa: ARG002 - never compressed
        """The text of a node, lowered or not. It is ASCII, whatever the node holds.

        cloud-init spoils other characters in parts that came gzipped inside MIME: Python's `Message.get_payload` gives
        them back in raw-unicode-escape (cloud-init, cloudinit/user_data.py, _process_msg, and util.py,
        fully_decoded_payload).
        """
        lowered = lower(node)
        files = "".join(_file_text(file, secrets) for file in lowered.of(File))
        runcmd = [*_runcmd(lowered)]
        parts = (
            _part(dict(_head(lowered))),
            f"write_files:\n{files}" if files else "",
            _part({"runcmd": runcmd} if runcmd else {}),
        )
        return f"{FIRST_LINE}\n" + ("".join(parts) or to_yaml({}))

    def decode(self, text: str) -> Node:
        """The node of a cloud-config, ours or foreign; keys that cloudgen never writes are passed over."""
        return self.decode_merged((text,))

    def decode_merged(self, texts: Sequence[str]) -> Node:
        """The node of several parts, merged as cloud-init does: a later part's keys replace an earlier one's."""
        merged: dict[object, object] = {}
        for text in texts:
            merged |= reader.parse(text)
        return lower(reader.node_of(merged))

    def recognises(self, text: str) -> bool:
        """Whether cloud-init would take it for one."""
        return reader.recognises(text)

    def check(self, node: Node) -> Iterator[Problem]:
        """What cloud-init would trip over."""
        lowered = lower(node)
        yield from _check_owners(lowered)
        yield from hidden_by_disks(lowered)
        for unit in without_install(lowered):
            yield warning(f"{unit.name} has no [Install] section: {LATER_BOOTS}", unit.origin, INSTALL)


def _part(data: dict[str, Data]) -> str:
    return to_yaml(data, ascii_only=True) if data else ""


def _head(node: Node) -> Iterator[tuple[str, Data]]:
    for hostname in node.of(Hostname):
        yield from _hostname(hostname.name)
    if users := node.of(User):
        # Without "default" the image's own user would be dropped (cloud-init docs, "Users and groups").
        yield "users", ["default", *map(_user, users)]
    if packages := node.of(Package):
        yield "package_update", True
        yield "packages", [package.name for package in packages]
    if disks := node.of(Disk):
        yield "device_aliases", {DISK_ALIAS + disk.label: disk.device for disk in disks}
        yield "mounts", [_mount(disk) for disk in disks]


def _file_text(file: File, secrets: Secrets) -> str:
    """An entry of write_files. What holds no secret is mostly the same on all masters, and made once."""
    if isinstance(file.content, SecretRef):
        return to_yaml([_file(file, secrets.resolve(file.content))], ascii_only=True)
    return _open_text(file)


@lru_cache(maxsize=_REMEMBERED)
def _open_text(file: File) -> str:
    content = file.content
    return "" if isinstance(content, SecretRef) else to_yaml([_file(file, content)], ascii_only=True)


def _hostname(name: str) -> Iterator[tuple[str, Data]]:
    yield "hostname", name
    yield "preserve_hostname", False
    # Debian's images say true, which rewrites /etc/hosts at every boot: names put there by the bootstrap would be lost.
    yield "manage_etc_hosts", False
    if "." in name:
        # Some distributions would cut it at the first dot.
        yield "prefer_fqdn_over_hostname", True


def _user(user: User) -> Data:
    entry: dict[str, Data] = {"name": user.name, "shell": user.shell, "lock_passwd": True}
    if user.groups:
        entry["groups"] = list(user.groups)
    if user.sudo:
        entry["sudo"] = SUDO
    if user.ssh_keys:
        entry["ssh_authorized_keys"] = list(user.ssh_keys)
    return entry


def _mount(disk: Disk) -> Data:
    """An fstab line, and nothing that formats.

    No form of `fs_setup` spares every disk that is not blank: `partition: none` formats without looking; `auto` and
    `any` trust lsblk's FSTYPE, which is empty for a partition table without partitions and for contradictory
    signatures (cloud-init, cloudinit/config/cc_disk_setup.py, mkfs and find_device_node). So the bootstrap script makes
    the filesystem, on a blank disk only, and mounts it. `device_aliases` merely records the device: nothing uses it.

    The line does no harm while the label is missing: cloud-init keeps lines by LABEL as they are
    (cloudinit/config/cc_mounts.py, sanitize_devname), and `nofail` makes `mount -a` pass it over with success
    (mount(8)) and lets no boot wait for it (systemd.mount(5)).
    """
    return [f"LABEL={disk.label}", disk.mount, disk.filesystem, MOUNT_OPTIONS, "0", "2"]


def _file(file: File, content: str | bytes) -> Data:
    # Octal in quotes: a bare 644 would be the decimal number.
    entry: dict[str, Data] = {
        "path": file.path,
        "permissions": f"{file.mode:04o}",
        "owner": f"{file.owner}:{file.group}",
    }
    if (file.owner, file.group) != ("root", "root"):
        # Users come after write_files; an unknown owner there ends the whole list (canonical/cloud-init #6042).
        entry["defer"] = True
    entry.update(_content(content))
    return entry


def _content(content: str | bytes) -> dict[str, Data]:
    if isinstance(content, str) and (not content or exact(content)):
        return {"content": content}
    return {"encoding": "b64", "content": base64.b64encode(data_of(content)).decode("ascii")}


def _runcmd(node: Node) -> Iterator[Data]:
    """cloud-init makes one `sh` script of these lines, as the last thing of the first boot."""
    directories, units, commands = node.of(Directory), node.of(Unit), node.of(Command)
    files = {file.path for file in node.of(File)}
    if directories or units or commands:
        yield STOP_AT_FAILURE
    for d in directories:
        yield ["install", "-d", "-m", f"{d.mode:04o}", "-o", d.owner, "-g", d.group, d.path]
    if units:
        yield ["systemctl", "daemon-reload"]
        # cloud-final is ordered after multi-user.target: waiting here for a unit of that target would never end.
        # A unit that is not there fails its whole command: one of a package that did not come must not fail the others.
        for here in (True, False):
            if names := [unit.name for unit in units if (f"{UNITS}/{unit.name}" in files) is here]:
                yield ["systemctl", "enable", "--now", "--no-block", *names]
    if commands:
        yield COMMANDS
    for command in commands:
        yield list(command.argv)


def _check_owners(node: Node) -> Iterator[Problem]:
    for piece, kind, name in unknown_owners(node):
        if name.isdigit():
            yield Problem(
                f"{piece.path} belongs to the {kind} number {name}: cloud-init knows {kind}s by name only",
                piece.origin,
                f"write the {kind}'s name",
            )
        else:
            yield warning(
                f"{piece.path} belongs to the {kind} {name}, which this machine does not create; "
                "where the image does not bring it, this and all later files would not be written",
                piece.origin,
                f"add the {kind} under host.users, or let root own it",
            )
