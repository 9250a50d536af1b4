#!/bin/sh
# PID 1 of a machine of the lab, until it becomes systemd: what a container's kernel does not give, each with its reason.
set -eu
# runc makes groups of its own: the machine's control groups are writable.
mount -o remount,rw /sys/fs/cgroup
for hierarchy in /sys/fs/cgroup/*; do mount -o remount,rw,bind "$hierarchy" || true; done
# A machine with disks of its own has udev, which needs the whole of /sys, writable.
if [ "${LAB_DISKS:-}" ]; then
  mkdir -p /run/lab/cgroup
  mount --make-rprivate /
  mount --move /sys/fs/cgroup /run/lab/cgroup
  mount -t sysfs sysfs /sys
  mount -o remount,rw /sys
  mount --move /run/lab/cgroup /sys/fs/cgroup
  # Where this file is not, and /dev is no devtmpfs, systemd takes udev for absent, and hears of no device.
  mkdir /run/udev
  : >/run/udev/control
fi
# kubelet mounts for its pods.
mount --make-rshared /
# kubelet sets these for the whole kernel, which is the host's: it finds what it wants to see, in files.
mkdir -p /run/lab
stand_in() {
  echo "$2" >"/run/lab/${1##*/}"
  mount --bind "/run/lab/${1##*/}" "/proc/sys/$1"
}
stand_in vm/overcommit_memory 1
stand_in vm/panic_on_oom 0
stand_in kernel/panic 10
stand_in kernel/panic_on_oops 1
stand_in kernel/keys/root_maxkeys 1000000
stand_in kernel/keys/root_maxbytes 25000000
# Built into the kernel (overlay), or not to be had at all (br_netfilter): modprobe says yes to what a node asks for.
mkdir -p /run/modprobe.d
printf 'install %s /bin/true\n' overlay br_netfilter >/run/modprobe.d/lab.conf
exec /lib/systemd/systemd "$@"
