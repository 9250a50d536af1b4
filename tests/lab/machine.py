"""A machine: systemd-nspawn with a root of its own over the shared one, a network card on the bridge, real PID 1.

Its disk outlives reboots and power cuts; what differs from hardware is in `init.sh` and in `_ARGUMENTS`.
"""

import contextlib
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.judging import ROOT
from tests.lab import leftovers
from tests.lab.calls import CallError, Word, call, tried, until
from tests.lab.disk import Disk
from tests.lab.world import World

_HERE: Final = Path(__file__).parent
_ARGUMENTS: Final = (
    "--quiet",
    "--register=no",  # there is no systemd outside
    "--keep-unit",
    "--resolv-conf=off",
    "--console=read-only",
    "--capability=all",  # a master mounts, and sets up networks
    "--drop-capability=CAP_SYS_TIME",  # the clock is the host's
    "--system-call-filter=@keyring bpf",  # runc's
    "--bind=/dev/kmsg",  # kubelet's out-of-memory watcher
)
_CLOUDGEN: Final = sorted({str(ROOT), os.path.realpath(sys.prefix), sys.base_prefix} - {"/usr"})
"""This checkout and its Python, which may lie elsewhere, for `cloudgen verify` on a machine; nothing else is taken from
them."""
_REBOOTED: Final = 133
"""nspawn's exit code with --keep-unit when the machine wants to be started anew."""
_OWN_FOLDERS: Final = ("containerd", "kubelet")
"""Below /var/lib, on a plain file system: an overlay cannot lie on an overlay."""
_TELLING: Final[Mapping[str, tuple[str, ...]]] = {
    "journal": ("journalctl", "--no-pager", "--boot"),
    "units": ("systemctl", "--no-pager", "--all", "list-units"),
    "processes": ("ps", "axf"),
    "pki": ("/usr/local/lib/cloudgen/pki.sh", "check"),
}
_STATES: Final = ("var/lib/cloudgen", "var/log", "etc/cloudgen", "etc/hosts")
"""Of its root disk. The tokens among them are used, or die with the lab's OpenBao."""


@dataclass(eq=False)
class Machine:
    """One machine; `boot` is its first boot, too."""

    world: World
    name: str
    address: str
    user_data: bytes = field(repr=False)
    disks: Sequence[Disk] = ()
    resolver: str = ""
    _process: "subprocess.Popen[bytes] | None" = None
    _leader: int = 0

    def __post_init__(self) -> None:
        self.tag = f"{self.name}-{uuid.uuid4().hex[:6]}"
        self.folder = self.world.folder / self.tag
        self.root = self.folder / "root"
        self._make_root()
        self.seed(self.user_data)
        self.card = self.world.plug(self.tag, self.address)
        self.world.machines.append(self)

    def _make_root(self) -> None:
        upper, work = self.folder / "upper", self.folder / "work"
        for folder in (upper, work, self.root, *(self.folder / name for name in _OWN_FOLDERS)):
            folder.mkdir(parents=True)
        options = f"lowerdir={self.world.rootfs},upperdir={upper},workdir={work}"
        call("mount", "-t", "overlay", "overlay", "-o", options, self.root)
        (self.root / "etc/resolv.conf").unlink(missing_ok=True)
        self.write("/etc/resolv.conf", f"nameserver {self.resolver}\n" if self.resolver else "")

    def seed(self, user_data: bytes) -> None:
        """What the cloud hands out, in the folder where cloud-init's datasource NoCloud looks."""
        folder = self.root / "var/lib/cloud/seed/nocloud"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "user-data").write_bytes(user_data)
        (folder / "meta-data").write_text(f"instance-id: {self.tag}\nlocal-hostname: {self.name}\n")

    def boot(self, *, with_disks: bool = True) -> None:
        """Switch on, and wait until it can be entered."""
        mounts = [f"--bind={self.folder}/{name}:/var/lib/{name}" for name in _OWN_FOLDERS]
        devices = [f"--bind={disk.device}" for disk in self.disks if with_disks]
        argv = ("systemd-nspawn", *_ARGUMENTS, *mounts, *devices, *self._identity(), "/lab-init")
        enter = 'for group in $1; do echo 0 >"$group/cgroup.procs"; done; shift; exec "$@"'
        with (self.folder / "console").open("ab") as console:
            self._process = subprocess.Popen(
                ["sh", "-c", enter, "lab", " ".join(map(str, self._groups())), *argv],
                env={**os.environ, "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network"},
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
            )
        self._leader = until(20, f"{self.name} starts systemd", self._find_leader, pause=0.1)

    def plug(self, disk: Disk) -> None:
        """A disk appears while it runs; udev hears of it."""
        number = disk.device.stat().st_rdev
        self.run("mknod", str(disk.device), "b", str(os.major(number)), str(os.minor(number)))
        self.run("udevadm", "trigger", "--action=add", f"/sys/class/block/{disk.device.name}")

    def _identity(self) -> Iterator[str]:
        yield f"--directory={self.root}"
        yield f"--machine={self.tag}"
        yield f"--network-namespace-path=/run/netns/{self.card}"
        yield f"--bind-ro={_HERE / 'init.sh'}:/lab-init"
        for place in _CLOUDGEN:
            yield f"--bind-ro={place}"
        if self.disks:
            yield "--setenv=LAB_DISKS=yes"

    def _groups(self) -> Iterator[Path]:
        """A control group in every hierarchy, as systemd outside would make it."""
        for hierarchy in sorted(leftovers.HIERARCHIES.iterdir()):
            group = hierarchy / leftovers.name(self.tag)
            group.mkdir(exist_ok=True)
            for name in ("cpuset.cpus", "cpuset.mems"):
                if (group / name).exists():
                    (group / name).write_text((hierarchy / name).read_text())
            if (group / "cgroup.clone_children").exists():
                (group / "cgroup.clone_children").write_text("1")
            yield group

    def _find_leader(self) -> int:
        assert self._process is not None
        code = self._process.poll()
        assert code is None, f"{self.name} ended at once, exit {code}: {self.console}"
        pid = self._process.pid
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                return int(child)
        return 0

    @property
    def running(self) -> bool:
        """Whether it is switched on."""
        return self._process is not None and self._process.poll() is None

    @property
    def console(self) -> str:
        """All that its console showed."""
        return (self.folder / "console").read_text(errors="replace")

    def run(self, *argv: Word, timeout: float = 60) -> str:
        """What a command inside printed. Raises `CallError`."""
        return call(*self._inside(), *argv, timeout=timeout)

    def tried(self, *argv: Word, timeout: float = 60) -> tuple[int, str]:
        """A command inside: its exit code and all that it printed."""
        return tried(*self._inside(), *argv, timeout=timeout)

    def verified(self) -> tuple[int, str]:
        """`cloudgen verify` of this checkout, inside: its exit code and all that it printed."""
        here = ("env", f"PYTHONPATH={ROOT}", sys.executable, "-m", "cloudgen")
        return self.tried(*here, "verify", timeout=120)

    def _inside(self) -> tuple[str, ...]:
        assert self.running, f"{self.name} is off: {self.console[-2000:]}"
        namespaces = ("-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w")
        clean = ("env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root")
        return ("nsenter", "-t", str(self._leader), *namespaces, "--", *clean, "LC_ALL=C.UTF-8")

    def read(self, path: str) -> str:
        """A file of its root disk; of one that is mounted there, use `run`."""
        return (self.root / path.lstrip("/")).read_text()

    def write(self, path: str, text: str) -> None:
        """A file on its root disk."""
        (self.root / path.lstrip("/")).write_text(text)

    def has(self, path: str) -> bool:
        """Whether its root disk holds this."""
        return (self.root / path.lstrip("/")).exists()

    def collect(self, folder: Path) -> None:
        """Console, journal, logs and the bootstrap's state, for whoever looks for what went wrong."""
        place = folder / self.tag
        place.mkdir(parents=True, exist_ok=True)
        (place / "console").write_text(self.console)
        with contextlib.suppress(subprocess.TimeoutExpired, AssertionError):
            for name, argv in _TELLING.items():
                (place / name).write_text(self.tried(*argv)[1])
        for path in _STATES:
            tried("cp", "--archive", self.root / path, place)

    def reboot(self) -> None:
        """An orderly one."""
        assert self._process is not None
        with contextlib.suppress(CallError):  # the answer may be lost on the way
            self.run("systemctl", "reboot")
        code = self._process.wait(150)
        assert code == _REBOOTED, f"{self.name} did not reboot, exit {code}"
        self.boot()

    def cut_power(self) -> None:
        """Every process of it ends now."""
        if self._process is None:
            return
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._leader or self._process.pid, signal.SIGKILL)
        self._process.wait(30)
        self._process = None

    def destroy(self) -> None:
        """Switched off, unplugged, its root gone; its disks stay."""
        self.cut_power()
        self.world.unplug(self.card)
        call("umount", "--recursive", self.root)
        for group in self._groups():
            leftovers.remove(group)
        self.world.machines.remove(self)
