#!/usr/bin/env bash
# What the checks need from the system itself. Fails only where a package that it asks for does not come.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
root() { if [[ $(id -u) == 0 ]]; then "$@"; else sudo -n "$@"; fi; }

wanted=(ca-certificates cloud-init curl fdisk genisoimage git ignition libarchive-tools make openssl python3 python3-venv shellcheck systemd util-linux xorriso)
# What the lab's parts are made with: tests/lab/parts.
wanted+=(busybox-static dpkg-dev gcc golang-go mmdebstrap rsync zstd)
# What the lab runs with: tests/lab.
wanted+=(e2fsprogs iproute2 qemu-system-x86 systemd-container)
command -v kubectl >/dev/null || wanted+=(kubernetes-client)
root apt-get -qq -o Acquire::Retries=3 update
root apt-get -qq -o Acquire::Retries=3 install -y --no-install-recommends "${wanted[@]}" >/dev/null
for tool in blkid bsdtar cloud-init ignition-validate isoinfo kubectl make python3 shellcheck systemd-analyze xorriso; do
  printf '%-18s %s\n' "$tool" "$(command -v "$tool")"
done
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or newer is needed' >&2; exit 1; }
