"""What a machine must have for the lab."""

import os
import shutil
from typing import Final

_TOOLS: Final = ("systemd-nspawn", "nsenter", "unshare", "ip", "losetup", "mkfs.ext4", "debugfs", "qemu-system-x86_64")
_PACKAGES: Final = "systemd-container, util-linux, iproute2, e2fsprogs, qemu-system-x86"


def lacking() -> str:
    """Why the lab cannot be here; empty if it can."""
    if absent := [tool for tool in _TOOLS if not shutil.which(tool)]:
        return f"the lab needs {', '.join(absent)}: install {_PACKAGES}"
    return "the lab needs root: it makes namespaces, mounts and control groups" if os.geteuid() else ""
