"""The fixed words of an Ignition config that are written and read back."""

import re
from typing import Final

from cloudgen.paths import CONFIG, UNITS

VERSIONS: Final = ("3.4.0", "3.3.0", "3.5.0", "3.6.0")
"""Of the config specification, the default first (Ignition docs, "Config specification")."""
UNIT: Final = re.compile(
    rf"{UNITS}/([A-Za-z0-9:_.\\@-]+"
    r"\.(?:service|socket|device|mount|automount|swap|target|path|timer|slice|scope))"
    r"(?:\.d/([A-Za-z0-9:_.\\@-]+\.conf))?"
)
"""A unit's file, or a drop-in's: the name of the unit, and of the drop-in."""
HOSTNAME: Final = "/etc/hostname"
FSTAB: Final = "/etc/fstab"
SUDOERS: Final = "/etc/sudoers.d/90-cloudgen"
COMMANDS: Final = f"{CONFIG}/commands"
COMMANDS_HEAD: Final = "#!/bin/sh\nset -e\n"
"""As cloud-init runs the lines of `runcmd`; the second line is cloudgen's there too."""
COMMANDS_UNIT: Final = "cloudgen-commands.service"
FORMATTED: Final = "# formatted while it is blank: "
"""Before a disk's line in fstab: the device, which the line itself does not need."""
USUAL_GROUPS: Final = frozenset(
    (
        *("adm", "audio", "cdrom", "core", "dialout", "dip", "disk", "docker", "floppy", "games", "input", "kvm"),
        *("plugdev", "render", "root", "staff", "sudo", "systemd-journal", "tty", "users", "video", "wheel"),
    )
)
"""Groups that images bring (Debian's base-passwd, Fedora's setup, Flatcar's baselayout): to create one of them again
would be the end of the boot, as it would be to name one that is not there."""
OWN: Final = (HOSTNAME, FSTAB, SUDOERS, COMMANDS, f"{UNITS}/{COMMANDS_UNIT}")
"""Files that the encoder makes of other pieces."""
