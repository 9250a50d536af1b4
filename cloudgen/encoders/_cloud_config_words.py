"""The fixed words of a cloud-config that are written and read back."""

from typing import Final

FIRST_LINE: Final = "#cloud-config"
DISK_ALIAS: Final = "cloudgen-"
"""Prefix of a disk's alias: without it a label such as `swap` or `ephemeral0` would mean more to cloud-init."""
STOP_AT_FAILURE: Final = "set -e"
"""First line of our runcmd: cloud-init's own script would go on after a failure."""
COMMANDS: Final = "# commands"
"""A comment to the shell; what follows are commands, however much they look like the lines before it."""
