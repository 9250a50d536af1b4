#!/bin/bash
# Before key-keeper starts: what makes it panic or fall deaf is mended.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
need KEY_KEEPER_DIR BOOTSTRAP_TOKEN_FILE
mkdir -p "$KEY_KEEPER_DIR/staged" "$(dirname "$BOOTSTRAP_TOKEN_FILE")"
chmod 0700 "$KEY_KEEPER_DIR" "$KEY_KEEPER_DIR/staged"
[[ -e $BOOTSTRAP_TOKEN_FILE ]] || : | put 0600 "$BOOTSTRAP_TOKEN_FILE" # it must exist; empty is enough
chmod 0600 "$BOOTSTRAP_TOKEN_FILE"
mapfile -t table < <(rows pki)
for line in "${table[@]}"; do
  (umask 022 && mkdir -p "$(dirname "${line%%$'\t'*}")")
done
"$lib/pki.sh" sweep
if [[ -n ${VAULT_ADDR:-} ]] && ! await_until "${VAULT_WAIT:-30}" vault_ready; then
  log WARN "Vault at $VAULT_ADDR does not answer ($(vault_words)): issuers that cannot log in now stay dead until cloudgen-pki.timer restarts key-keeper"
fi
