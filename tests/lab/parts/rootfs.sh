#!/bin/bash
# rootfs.sh ROOT: as mmdebstrap's last hook. The lab's settings go in; what it copied from this machine goes out.
set -euo pipefail
install -m 0644 -t "$1/etc/cloud/cloud.cfg.d" "$(dirname "$0")/99-lab.cfg"
rm -f "$1/etc/hostname" "$1/etc/resolv.conf" # a name server of this machine is none of the lab's
: >"$1/etc/resolv.conf"
