#!/bin/bash
# Applies the manifests of POST_INSTALL_DIR and the table `node-labels` once the API is ready; may run as often as it likes.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
need ADMIN_KUBECONFIG POST_INSTALL_TIMEOUT
kube=(kubectl "--kubeconfig=$ADMIN_KUBECONFIG" --request-timeout=20s)
[[ -z ${KUBE_APISERVER_URL:-} ]] || kube+=("--server=$KUBE_APISERVER_URL")

give_up() {
  printf 'time=%s\nreason=%s\n%s\n' "$(date -u +%FT%TZ)" "$1" "${said:-}" | put 0644 "$STATE_DIR/post-install.failed"
  fail 50 "$1: ${said:-}"
}

# shellcheck disable=SC2317 # called by name
ready() { said=$("${kube[@]}" get --raw /readyz 2>&1); }
# shellcheck disable=SC2317
apply() { said=$("${kube[@]}" apply -f "$manifest" 2>&1); } # other masters may create the same at the same moment
# shellcheck disable=SC2317
label() { said=$("${kube[@]}" label --overwrite node "$node" "$label" 2>&1); } # kubelet may not do it; it must have registered

mkdir -p "$STATE_DIR"
await_until "$POST_INSTALL_TIMEOUT" ready || give_up "the API was not ready within $POST_INSTALL_TIMEOUT s"
for manifest in "${POST_INSTALL_DIR:-$CLOUDGEN_ETC/manifests}"/*.yaml; do
  [[ -e $manifest ]] || continue
  await_until "${APPLY_TIMEOUT:-30}" apply || give_up "not applied: $manifest"
  log INFO "$said"
done
mapfile -t table < <(rows node-labels)
for row in "${table[@]}"; do
  IFS=$'\t' read -r node label <<<"$row"
  await_until "$POST_INSTALL_TIMEOUT" label || give_up "not labelled: $node $label"
done
date -u +time=%FT%TZ | put 0644 "$STATE_DIR/post-install.done"
rm -f "$STATE_DIR/post-install.failed"
