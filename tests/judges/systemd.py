"""systemd itself: every unit of a file tree, loaded from a scratch copy with stand-ins for what the system brings."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.judging import judge, verdict

UNITS = "etc/systemd/system"
BROUGHT = ("/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin", "/usr/local/sbin", "/opt/bin")
"""Folders whose programs come with the system, a package or a download; one anywhere else must be in the tree."""
TARGETS = """sysinit basic shutdown umount multi-user network network-pre network-online nss-lookup time-sync time-set
    timers paths sockets swap local-fs local-fs-pre remote-fs cloud-init cloud-config initrd-switch-root""".split()  # noqa: SIM905 - read as a text
SERVICES = """systemd-timesyncd systemd-time-wait-sync chronyd chrony chrony-wait systemd-networkd-wait-online
    systemd-sysctl systemd-modules-load systemd-resolved cloud-init cloud-config cloud-final sshd ssh""".split()  # noqa: SIM905 - likewise

_KIND = re.compile(r".*\.(service|socket|timer|path|mount|automount|target|slice|swap)")
_EXEC = re.compile(r"^Exec\w+=[@:+!|-]*(/\S+)", re.MULTILINE)


def unit_problems(root: Path) -> list[str]:
    """What `systemd-analyze verify` says to the units below `root/etc/systemd/system`; unknown keys count."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "root"
        shutil.copytree(root, tree, symlinks=True)
        units = sorted(f for f in (tree / UNITS).glob("*") if f.is_file() and _KIND.fullmatch(f.name))
        _stand_in_units(tree)
        _stand_in_programs(tree)
        flags = [f"--root={tree}", "--man=no", "--recursive-errors=yes"]
        problems = [p for u in units for p in verdict([judge("systemd-analyze"), "verify", *flags, u.name])]
        return [p.replace(str(tree), "") for p in dict.fromkeys(problems)] or _nothing(units)


def _nothing(units: list[Path]) -> list[str]:
    return [] if units else [f"no unit below {UNITS}: nothing was judged"]


def _stand_in_units(tree: Path) -> None:
    system = tree / "usr/lib/systemd/system"
    system.mkdir(parents=True, exist_ok=True)
    for name in TARGETS:
        _once(system / f"{name}.target", "[Unit]\nDescription=stand-in\n")
    for name in SERVICES:
        _once(system / f"{name}.service", "[Service]\nType=oneshot\nExecStart=/bin/true\n")


def _stand_in_programs(tree: Path) -> None:
    for program in {"/bin/true", *_programs(tree)}:
        place = tree / program.lstrip("/")
        if str(Path(program).parent) in BROUGHT and not place.exists():
            _once(place, "")
            place.chmod(0o755)


def _programs(tree: Path) -> Iterator[str]:
    for file in (tree / UNITS).rglob("*"):
        if file.is_file() and file.suffix in {".service", ".conf", ".socket", ".mount"}:
            yield from _EXEC.findall(file.read_text(encoding="utf-8"))


def _once(file: Path, text: str) -> None:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
