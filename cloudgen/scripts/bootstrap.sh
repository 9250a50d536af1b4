#!/bin/bash
# The first boot: every step may be repeated, after a failure or a power cut, until the done marker is there.
# shellcheck disable=SC2317 # called by name
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
steps="tools hostname kernel swap updates cas hosts time names unwrap disk resolv downloads units"

step_tools() { # cloud-init installs packages once, and only warns of a failure
  local tool absent=()
  for tool in ${TOOLS:-curl openssl tar}; do command -v "$tool" >/dev/null || absent+=("$tool"); done
  if [[ ${ETCD_DISK:-no} == yes ]]; then
    need ETCD_DISK_FILESYSTEM
    command -v "mkfs.$ETCD_DISK_FILESYSTEM" >/dev/null || absent+=("mkfs.$ETCD_DISK_FILESYSTEM")
  fi
  ((${#absent[@]} == 0)) || fail 1 "not on this machine: ${absent[*]}. Install them by hand (why packages are not here: /var/log/cloud-init-output.log), then start cloudgen-bootstrap.service again"
}

step_hostname() {
  if [[ -z ${NODE_NAME:-} || $(uname -n) == "$NODE_NAME" ]]; then return 0; fi
  log WARN "this host calls itself $(uname -n), not $NODE_NAME as its certificates do: set"
  hostnamectl set-hostname "$NODE_NAME"
}

step_kernel() { # now, for this boot; systemd does it at the next ones. One that is missing must not stop all
  local key value module modules=${MODULES_FILE:-$CLOUDGEN_ROOT/etc/modules-load.d/k8s.conf}
  local sysctls=${SYSCTL_FILE:-$CLOUDGEN_ROOT/etc/sysctl.d/99-network.conf}
  [[ -e $modules ]] || modules=/dev/null
  [[ -e $sysctls ]] || sysctls=/dev/null
  while read -r module _; do
    if [[ $module == [#\;]* || -z $module || -d /sys/module/${module//-/_} ]]; then continue; fi
    modprobe -- "$module" || log WARN "kernel module $module was not loaded"
  done <"$modules"
  while IFS='=' read -r key value; do
    if [[ $key == [#\;]* || -z ${key// /} ]]; then continue; fi
    sysctl -q -w "${key// /}=${value# }" || log WARN "sysctl ${key// /} was not set"
  done <"$sysctls"
}

step_swap() {
  local file=$CLOUDGEN_ROOT/etc/fstab new unit
  [[ ${SWAP:-off} == off ]] || return 0
  swapoff -a
  if [[ -e $file ]]; then
    new=$(sed -E 's/^[[:space:]]*[^#[:space:]]+[[:space:]]+[^[:space:]]+[[:space:]]+swap([[:space:]]|$)/#cloudgen: &/' "$file")
    [[ $new == "$(<"$file")" ]] || put 0644 "$file" <<<"$new"
  fi
  for unit in $(systemctl list-units --all --plain --no-legend --type=swap | awk '{ print $1 }'); do
    systemctl mask "$unit" || log WARN "$unit was not masked"
  done
  [[ $(wc -l <"$CLOUDGEN_ROOT/proc/swaps") -le 1 ]] || fail 1 "swap is still on: $(tail -n +2 "$CLOUDGEN_ROOT/proc/swaps")"
}

step_updates() { # not all are stopped: a dpkg that runs is left to end. A timer that is masked while it runs counts as failed
  local unit
  [[ ${AUTO_UPDATES:-off} == off ]] || return 0
  for unit in ${AUTO_UPDATES_STOP:-}; do timeout 30 systemctl stop "$unit" || true; done
  for unit in ${AUTO_UPDATES_UNITS:-}; do systemctl mask "$unit" || log WARN "$unit was not masked"; done
}

step_cas() {
  local command
  read -ra command <<<"${CA_UPDATE_COMMAND:-}"
  ((${#command[@]} == 0)) || "${command[@]}"
}

step_hosts() { # the block goes when its file is gone
  local file=$CLOUDGEN_ROOT/etc/hosts new='' end=',/^# cloudgen:end$/'
  if [[ -e $file ]]; then
    grep -qx '# cloudgen:end' "$file" || end='' # lost by hand: what follows may be the user's
    new=$(sed "/^# cloudgen:begin\$/${end}d" "$file")
  fi
  [[ ! -s $CLOUDGEN_ETC/hosts ]] || new+=$'\n# cloudgen:begin\n'$(<"$CLOUDGEN_ETC/hosts")$'\n# cloudgen:end'
  [[ -e $file && $new == "$(<"$file")" ]] || put 0644 "$file" <<<"$new"
}

synchronised() {
  [[ $(timedatectl show -p NTPSynchronized --value 2>/dev/null) == yes ]] ||
    { command -v chronyc >/dev/null && chronyc -n waitsync 1 &>/dev/null; }
}

step_time() { # certificates of a wrong clock are not valid yet
  [[ ${TIME_SYNC:-yes} == yes ]] || return 0
  need TIME_TIMEOUT
  [[ -z ${TIME_UNIT:-} ]] || systemctl try-restart "$TIME_UNIT" || true # it may run since before its servers were named
  await_until "$TIME_TIMEOUT" synchronised ||
    fail 1 "the clock is not synchronised after $TIME_TIMEOUT s: is a time server configured and reachable (UDP 123)?"
}

resolved() {
  local name
  unresolved=()
  for name in $(rows names); do
    timeout 10 getent ahosts "$name" >/dev/null || unresolved+=("$name")
  done
  if ((${#unresolved[@]} == 0)); then return 0; fi
  resolvectl flush-caches &>/dev/null || true # it remembers that there is no such name, as long as the zone says: for hours
  return 1
}

step_names() {
  need NAMES_TIMEOUT
  await_until "$NAMES_TIMEOUT" resolved || fail 1 "these names do not resolve after $NAMES_TIMEOUT s: ${unresolved[*]}"
}

step_unwrap() { "$lib/unwrap.sh"; }

present() { [[ -b $ETCD_DISK_DEVICE ]]; }

blank() { # exit code 2 of blkid is also that of a disk that cannot be read
  local rc=0
  [[ $(head -c 1048576 "$1" | wc -c) -eq 1048576 ]] || fail 1 "$1 cannot be read"
  blkid -p "$1" >/dev/null || rc=$?
  ((rc == 2))
}

etcd_device() { # sets device: the one with the label; else the blank one, formatted
  device=$(blkid -c /dev/null -L "$ETCD_DISK_LABEL" || true)
  [[ -z $device ]] || return 0
  await_until "${DISK_TIMEOUT:-60}" present || fail 1 "no disk has the label $ETCD_DISK_LABEL and there is no device $ETCD_DISK_DEVICE"
  device=$(readlink -f "$ETCD_DISK_DEVICE")
  blank "$device" || fail 1 "$ETCD_DISK_DEVICE is not blank and does not have the label $ETCD_DISK_LABEL: not touched. It holds: $(
    blkid -p -o export "$device" | tr '\n' ' '). Label it if it is etcd's, else wipe it yourself (wipefs -a)"
  log INFO "formatting the blank $ETCD_DISK_DEVICE as $ETCD_DISK_FILESYSTEM, label $ETCD_DISK_LABEL"
  "mkfs.$ETCD_DISK_FILESYSTEM" -q -L "$ETCD_DISK_LABEL" "$device"
  sync "$device"
}

step_disk() {
  local device type file=$CLOUDGEN_ROOT/etc/fstab
  need ETCD_DATA_DIR
  (umask 022 && mkdir -p "$(dirname "$ETCD_DATA_DIR")")
  mkdir -p "$ETCD_DATA_DIR"
  chmod 0700 "$ETCD_DATA_DIR" # kubelet would make it 0755
  [[ ${ETCD_DISK:-no} == yes ]] || return 0
  need ETCD_DISK_DEVICE ETCD_DISK_FILESYSTEM ETCD_DISK_LABEL
  if ! mountpoint -q "$ETCD_DATA_DIR"; then
    [[ -z $(ls -A "$ETCD_DATA_DIR") ]] || fail 1 "$ETCD_DATA_DIR holds files on the root disk: mounting would hide them. Move them away first"
    etcd_device
    type=$(blkid -p -o value -s TYPE "$device")
    [[ $type == "$ETCD_DISK_FILESYSTEM" ]] || fail 1 "$device (label $ETCD_DISK_LABEL) is $type, not $ETCD_DISK_FILESYSTEM: not touched"
    # The new label may wake systemd's own mount of fstab's line, which is then quicker.
    mount -t "$type" "$device" "$ETCD_DATA_DIR" || mountpoint -q "$ETCD_DATA_DIR"
  fi
  device=$(findmnt -n -o SOURCE --mountpoint "$ETCD_DATA_DIR" | tail -n 1)
  [[ $(blkid -p -o value -s LABEL "$device") == "$ETCD_DISK_LABEL" ]] ||
    fail 1 "$ETCD_DATA_DIR is mounted from $device, which does not have the label $ETCD_DISK_LABEL"
  chmod 0700 "$ETCD_DATA_DIR"
  awk -v dir="$ETCD_DATA_DIR" '$1 !~ /^#/ && $2 == dir { found = 1 } END { exit !found }' "$file" 2>/dev/null || {
    [[ ! -e $file ]] || cat "$file"
    printf 'LABEL=%s %s %s defaults,nofail,x-systemd.device-timeout=90s 0 2\n' "$ETCD_DISK_LABEL" "$ETCD_DATA_DIR" "$ETCD_DISK_FILESYSTEM"
  } | put 0644 "$file"
}

step_resolv() { link_resolv; }

step_downloads() { "$lib/download.sh"; }

step_units() { # restarted: a package may have started one before its files were here. Never waited for: no deadlock
  local units
  mapfile -t units < <(rows units)
  systemctl daemon-reload
  ((${#units[@]} > 0)) || return 0
  systemctl enable "${units[@]}"
  systemctl restart --no-block "${units[@]}"
}

if [[ ${1:-} == --steps ]]; then
  for step in $steps; do
    printf '%s' "$step" >"$STATE_DIR/step"
    log STEP "$step"
    "step_$step"
  done
  exit 0
fi

mkdir -p "$STATE_DIR"
chmod 0755 "$STATE_DIR"
exec 9>"$STATE_DIR/lock"
flock -n 9 || fail 75 "another run of bootstrap.sh holds $STATE_DIR/lock"
# What cloud-init wrote may not be on the disk yet: a power cut would leave empty files. /var may be a disk of its own.
sync -f "$STATE_DIR" "$CLOUDGEN_ETC" "$lib"
file=$STATE_DIR/bootstrap.log interrupted=''
[[ ! -e $STATE_DIR/failed ]] || mv -fT "$STATE_DIR/failed" "$STATE_DIR/failed.previous"
trap 'interrupted=" (stopped by a signal: the time limit of the unit, or an operator)"' TERM INT
code=0
# An outer and an inner run: the log is whole before its tail goes into the marker.
{ log RUN "${MACHINE:-} of ${CLUSTER:-}" && "$lib/bootstrap.sh" --steps 9>&-; } 2>&1 | tee -a "$file" || code=$?
step=$(cat "$STATE_DIR/step" 2>/dev/null || true)
if ((code == 0)); then
  { date -u +time=%FT%TZ && awk '$2 == "RUN" { n = 0 } $2 == "WARN" { w[++n] = $0 } END { for (i = 1; i <= n; i++) print w[i] }' "$file"; } |
    put 0644 "$STATE_DIR/done"
  rm -f "$STATE_DIR/failed" "$STATE_DIR/failed.previous" "$STATE_DIR/step"
  exit 0
fi
{ printf 'step=%s\ncode=%s%s\n' "$step" "$code" "$interrupted" && date -u +time=%FT%TZ && printf 'log:\n' && tail -n 40 "$file"; } |
  put 0644 "$STATE_DIR/failed"
exit "$code"
