"""Fixed words that more than one format writes."""

from typing import Final

SUDO: Final = "ALL=(ALL) NOPASSWD:ALL"
MOUNT_OPTIONS: Final = "defaults,nofail,x-systemd.device-timeout=90s"
