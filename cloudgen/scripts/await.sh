#!/bin/bash
# The first command of a first boot: waits, bounded, for the end of cloudgen-bootstrap.service, so that its status tells the truth.
# shellcheck disable=SC2317 # called by name
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
need BOOTSTRAP_TIMEOUT
unit=cloudgen-bootstrap.service said='' outcome=2

ended() { # a failure counts only when no newer run is on its way
  local state line
  if [[ -e $STATE_DIR/done ]]; then outcome=0; return 0; fi
  state=$(systemctl is-active "$unit" || true)
  if [[ $state == failed ]] || { [[ -e $STATE_DIR/failed ]] && [[ $state != activating ]]; }; then outcome=1; return 0; fi
  line=$(tail -n 1 "$STATE_DIR/bootstrap.log" 2>/dev/null || true)
  [[ $line == "$said" ]] || log INFO "waiting for $unit ($state): $line"
  said=$line
  return 1
}

await_until $((BOOTSTRAP_TIMEOUT + ${AWAIT_GRACE:-30})) ended || true # its own time limit comes first, and leaves a marker
case $outcome in
  0) log INFO "bootstrap is done:" ;;
  1) log FAIL "bootstrap failed; what it left:" ;;
  2) log FAIL "bootstrap did not end within $BOOTSTRAP_TIMEOUT s; the end of its log:" ;;
esac
files=('done' failed bootstrap.log)
tail -n 45 "$STATE_DIR/${files[outcome]}" || true
exit "$outcome"
