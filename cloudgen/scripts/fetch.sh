#!/bin/bash
# Fetches the other scripts: one archive, checked, or nothing. With a command: waits until the unit has, and becomes it.
# shellcheck disable=SC1091
set -euo pipefail
umask 022
CLOUDGEN_ROOT=${CLOUDGEN_ROOT:-}
CLOUDGEN_ETC=${CLOUDGEN_ETC:-$CLOUDGEN_ROOT/etc/cloudgen}
lib=${CLOUDGEN_LIB:-$(cd "$(dirname "$0")" && pwd)}
. "$CLOUDGEN_ETC/bootstrap.env"
STATE_DIR=${STATE_DIR:-$CLOUDGEN_ROOT/var/lib/cloudgen}
if [[ -r $CLOUDGEN_ETC/proxy.env ]]; then
  . "$CLOUDGEN_ETC/proxy.env"
  export http_proxy=${HTTP_PROXY:-} https_proxy=${HTTPS_PROXY:-} no_proxy=${NO_PROXY:-}
fi

shown=${SCRIPTS_URL%%[?#]*} shown=${shown/:\/\/*@/:\/\/} # no secret

fail() {
  printf 'FAIL %s\n' "$1" >&2
  printf 'step=fetch\ncode=41\ntime=%s\nlog:\nFAIL %s\n' "$(date -u +%FT%TZ)" "$1" >"$STATE_DIR/failed"
  exit 41
}

fetched() { [[ $(cat "$lib/.scripts" 2>/dev/null) == "$SCRIPTS_SHA256" ]]; }

get() { # the URL may be signed: not in argv
  printf 'url = "%s"\n' "$SCRIPTS_URL" | curl -q -fsSL --proto '=http,https' --connect-timeout 15 --max-time 60 \
    --output "$new/tar" --config -
}

fetch() {
  local try is
  for is in curl tar; do command -v $is >/dev/null || fail "not on this machine: $is"; done
  ${CA_UPDATE_COMMAND:-:} || fail "not done: $CA_UPDATE_COMMAND" # one may be the server's
  rm -rf "$new"
  mkdir -p "$new/scripts"
  for ((try = 1; ; try++)); do
    if get; then break; fi
    ((try < ${FETCH_TRIES:-30})) || fail "the scripts are not at $shown: is the file of \`cloudgen scripts\` there?"
    sleep "${FETCH_PAUSE:-10}"
  done
  is=$(sha256sum <"$new/tar")
  [[ ${is%% *} == "$SCRIPTS_SHA256" ]] || fail "sha256 of $shown is ${is%% *}, expected $SCRIPTS_SHA256: thrown away"
  tar -xf "$new/tar" --no-same-owner -C "$new/scripts" || fail "tar failed"
  sync "$new"/scripts/*
  mv -f "$new"/scripts/* "$lib"
  sync "$lib"
  printf '%s\n' "$SCRIPTS_SHA256" >"$new/mark"
  sync "$new/mark"
  mv -fT "$new/mark" "$lib/.scripts"
  rm -rf "$new"
}

mkdir -p "$STATE_DIR"
new=$lib/.fetched
if (($# == 0)); then
  fetched || fetch
  exit 0
fi
for ((left = BOOTSTRAP_TIMEOUT; left > 0; left--)); do # counted: the clock may jump
  if fetched; then exec "$@"; fi
  if [[ $(systemctl is-active cloudgen-bootstrap.service) == failed ]]; then break; fi
  sleep 1
done
printf 'FAIL no scripts: see journalctl -u cloudgen-bootstrap\n' >&2
cat "$STATE_DIR/failed" >&2 || true
exit 41
