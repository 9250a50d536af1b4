#!/bin/bash
# Before every start of kubelet: its disk, its runtime, its certificates. A failure is retried by Restart=always.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
need CONTAINERD_SOCKET PKI_TIMEOUT
socket=${CONTAINERD_SOCKET#unix://}

runtime() { # whatever it answers to plain HTTP, it answers
  local rc=0
  curl -q -s -o /dev/null --max-time 3 --unix-socket "$socket" http://localhost/ || rc=$?
  ((rc != 7 && rc != 28))
}

complete() {
  state=0
  "$lib/pki.sh" stage >/dev/null || true
  missing=$("$lib/pki.sh" check) || state=$?
  ((state == 0))
}

# Not RequiresMountsFor=: a disk that comes too late would leave kubelet off for good, and no unit failed.
if [[ ${ETCD_DISK:-no} == yes ]] && ! mountpoint -q "$ETCD_DATA_DIR"; then
  systemctl start "$(systemd-escape --path --suffix=mount "$ETCD_DATA_DIR")" || true # waits for its device, and for fsck
  mountpoint -q "$ETCD_DATA_DIR" || fail 70 "etcd's disk (LABEL=$ETCD_DISK_LABEL) is not mounted at $ETCD_DATA_DIR: refusing to start etcd empty on the root disk"
fi
link_resolv
await_until "${CONTAINERD_TIMEOUT:-120}" runtime || fail 71 "containerd does not answer at $socket"
if ! await_until "$PKI_TIMEOUT" complete; then
  printf '%s\n' "$missing"
  ((state == 2)) || fail 72 "certificates or keys are missing after $PKI_TIMEOUT s (above); read key-keeper's journal"
  log WARN "starting with the faults above: the files are there, and a master without kubelet is worse"
fi
