#!/bin/bash
# ignition_stages.sh ENGINE CONFIG OUT: the real stages of Ignition over this very system, thrown away; what they wrote is left in OUT.
# Run it as: unshare --mount --pid --fork --kill-child
set -euo pipefail
engine=$1 config=$2 out=$3
mount --make-rprivate /
work=$(mktemp -d)
mount -t tmpfs tmpfs "$work"
mkdir "$work"/{upper,work,root,bin}
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/work" "$work/root"
mount -t proc proc /proc
mount --bind /dev "$work/root/dev"
mount -t proc proc "$work/root/proc"
mount -t tmpfs tmpfs /run
mkdir /run/ignition
# Debian's build insists on relabelling for SELinux: it gets nothing to do, by a program that does nothing.
mkdir -p "$work/root/etc/selinux"
printf 'SELINUX=disabled\nSELINUXTYPE=targeted\n' >"$work/root/etc/selinux/config"
ln -s /bin/true "$work/bin/setfiles"
export IGNITION_CONFIG_FILE=$config PATH=$work/bin:$PATH
for stage in fetch-offline fetch kargs disks mount files umount; do
  "$engine" --root="$work/root" --platform=file --stage="$stage" --log-to-stdout \
    --config-cache=/run/ignition.json --state-file=/run/ignition/state >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
done
umount "$work/root/dev" "$work/root/proc"
rm "$work/upper/etc/selinux/config"
cp -a "$work/upper/." "$out"
