#!/bin/bash
# Saves a snapshot of etcd, checks it, keeps the newest ETCD_SNAPSHOT_KEEP. The copy elsewhere is the operator's.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck disable=SC1091
[[ ! -r $CLOUDGEN_ETC/etcd-snapshot.env ]] || . "$CLOUDGEN_ETC/etcd-snapshot.env"
need ETCD_SNAPSHOT_DIR ETCD_SNAPSHOT_KEEP ETCDCTL_ENDPOINTS
export ETCDCTL_API=3 "${!ETCDCTL_@}"
status=etcdctl
! command -v etcdutl >/dev/null || status=etcdutl # etcdctl 3.6 has no `snapshot status`

mkdir -p "$ETCD_SNAPSHOT_DIR"
chmod 0700 "$ETCD_SNAPSHOT_DIR"
rm -f "$ETCD_SNAPSHOT_DIR"/.new*
timeout 600 etcdctl snapshot save "$ETCD_SNAPSHOT_DIR/.new"
"$status" snapshot status "$ETCD_SNAPSHOT_DIR/.new" >/dev/null || fail 60 "the snapshot is damaged, or $status cannot tell (etcdctl 3.6 needs etcdutl beside it); the older ones stay"
file=$ETCD_SNAPSHOT_DIR/etcd-$(date -u +%Y%m%dT%H%M%SZ).db
sync "$ETCD_SNAPSHOT_DIR/.new"
mv -fT "$ETCD_SNAPSHOT_DIR/.new" "$file"
sync "$ETCD_SNAPSHOT_DIR"
mapfile -t files < <(compgen -G "$ETCD_SNAPSHOT_DIR/etcd-*.db" | sort -r)
for old in "${files[@]:ETCD_SNAPSHOT_KEEP}"; do rm -f "$old"; done
log INFO "saved $file"
