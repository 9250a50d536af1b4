#!/bin/bash
# ignition_stages.sh ENGINE CONFIG ROOT: the real stages of Ignition write into ROOT. Or, with - CHANGES in its place, over
# this very system, which is thrown away; what they wrote is left in CHANGES.
# Run it as: unshare --mount --pid --fork --kill-child
set -euo pipefail
engine=$1 config=$2 root=$3 changes=${4:-}
mount --make-rprivate /
work=$(mktemp -d)
mount -t tmpfs tmpfs "$work"
mkdir "$work"/{upper,work,root,bin}
if [[ $root == - ]]; then
  root=$work/root
  mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/work" "$root"
  mount -t tmpfs tmpfs /run
fi
mkdir -p /run/ignition
mount -t proc proc /proc
mount --bind /dev "$root/dev"
mount -t proc proc "$root/proc"
# Debian's build insists on relabelling for SELinux: it gets nothing to do, by a program that does nothing.
mkdir -p "$root/etc/selinux"
printf 'SELINUX=disabled\nSELINUXTYPE=targeted\n' >"$root/etc/selinux/config"
ln -s /bin/true "$work/bin/setfiles"
export IGNITION_CONFIG_FILE=$config PATH=$work/bin:$PATH
for stage in fetch-offline fetch kargs disks mount files umount; do
  "$engine" --root="$root" --platform=file --stage="$stage" --log-to-stdout \
    --config-cache="$work/ignition.json" --state-file="$work/state" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
done
rm "$root/etc/selinux/config"
umount "$root/dev" "$root/proc"
[[ -z $changes ]] || cp -a "$work/upper/." "$changes"
