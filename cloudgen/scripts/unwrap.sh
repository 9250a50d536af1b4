#!/bin/bash
{ set +x; } 2>/dev/null # no trace may ever show a token
set -euo pipefail
ulimit -c 0
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
need VAULT_MODE VAULT_ADDR VAULT_TIMEOUT BOOTSTRAP_TOKEN_FILE
tokens=$STATE_DIR/tokens states=$STATE_DIR/unwrap skew=0

# The graver, the higher: the highest becomes the exit code.
readonly PLACEHOLDER=20 UNREACHABLE=21 EXPIRED=22 LOST=23 REFUSED=24 MALFORMED=25 UNEXPECTED=26 STOLEN=30 REWRAPPED=31

end() { # CODE TEXT: of this issuer
  fail "$1" "issuer $issuer: ${*:2}"
}

expired() { # by Vault's clock
  TZ=UTC printf -v now '%(%s)T' -1
  ((now + skew >= expiry))
}

read_token() {
  [[ -s $file ]] || end $MALFORMED "no token: $file is missing or empty; mint, render and re-create this machine"
  token='' expiry='' role_id=''
  { read -r token && read -r expiry && read -r role_id; } <"$file" || true
  [[ $token != cloudgen:placeholder:* ]] || end $PLACEHOLDER \
    "rendered without secrets: $file holds a placeholder; mint tokens and render with them"
  [[ $token =~ ^[A-Za-z0-9._-]+$ && $expiry =~ ^[0-9]+$ ]] || end $MALFORMED \
    "$file must hold a token and, on its second line, its expiry in seconds since 1970"
  hash=$(printf '%s' "$token" | sha256sum)
  hash=${hash%% *}
}

mark() { # STATE: of this very token, so that a token minted anew is a new beginning
  printf '%s %s\n' "$1" "$hash" | put 0600 "$states/$issuer"
}

attempted() {
  [[ -r $states/$issuer && $(<"$states/$issuer") == "attempted $hash" ]]
}

stored() { # the power went between the last file and the mark
  [[ -s $role_file && -s $secret_file && $secret_file -nt $states/$issuer ]]
}

answered() {
  vault "${request[@]}"
  [[ ! $status =~ ^(000|429|5..)$ ]]
}

ask() { # as vault, through short outages
  request=("$@")
  await_until "${VAULT_RETRY:-20}" answered || end $UNREACHABLE "Vault at $VAULT_ADDR: $(vault_words)"
}

judge() { # looks at the wrapping token without using it up; ends when it is dead or not the one that was minted
  ask POST sys/wrapping/lookup '' "{\"token\":\"$token\"}"
  if [[ $status == 200 ]]; then
    local path
    path=$(field creation_path) || path='(none)'
    [[ $path == "$creation_path" ]] || end $REWRAPPED \
      "SECURITY EVENT: the token was created at '$path', not at '$creation_path': somebody wrapped something else in its place. Revoke this machine's tokens and AppRoles, read Vault's audit log"
    return 0
  fi
  [[ $status == 400 ]] || end $UNEXPECTED "Vault answered HTTP $status to sys/wrapping/lookup (address, namespace?)"
  ! attempted || end $LOST \
    "an earlier attempt to unwrap left no result: lost by us (power cut, broken connection) or intercepted. Mint again"
  dead
}

dead() { # used and expired look the same to Vault
  ! expired || end $EXPIRED "the token expired at $expiry (seconds since 1970) before it was used here. Ask Vault (cloudgen vault status) that nobody else used it; mint again and boot sooner"
  end $STOLEN "SECURITY EVENT: the token was used by somebody else before it expired. Revoke this machine's tokens and AppRoles, read Vault's audit log"
}

unwrap() { # sets body
  local try
  for try in 1 2 3; do
    judge
    mark attempted
    vault POST sys/wrapping/unwrap "$token"
    [[ $status != 200 ]] || return 0
    [[ $status != 400 ]] || dead
    pause "$try" # no clear answer: the next look tells whether it was used up
  done
  end $UNREACHABLE "Vault at $VAULT_ADDR did not unwrap: $(vault_words)"
}

fetch() { # METHOD FIELD: from the AppRole
  ask "$1" "auth/$mount/role/$role/${2/_/-}" "$inner"
  case $status in
    200) field "$2" || end $UNEXPECTED "Vault's answer holds no $2" ;;
    403) return 1 ;;
    404) end $UNEXPECTED "Vault has no AppRole '$role' at auth/$mount" ;;
    *) end $UNEXPECTED "Vault answered HTTP $status to $2 of AppRole '$role'" ;;
  esac
}

refused() { # WHAT CODE: 1 is a 403, all else was told already
  (($2 == 1)) || exit "$2"
  if [[ $VAULT_MODE == token ]]; then
    ! $retried || end $LOST "an earlier exchange left no result and the token is used up. Mint again"
    ! expired || end $EXPIRED "the token expired at $expiry (seconds since 1970). Mint again"
  fi
  end $REFUSED "403 at $1 of AppRole '$role': the token is dead (its TTL runs while wrapped; it dies with its parent), used up, or its policy lacks the path. Mint again"
}

exchange() { # sets role_id and secret_id
  role_id=$(fetch GET role_id) || refused role-id $?
  secret_id=$(fetch POST secret_id) || refused secret-id $?
}

obtain() { # the three ways to role_id and secret_id
  case $VAULT_MODE in
    wrapped-token)
      creation_path=auth/token/create/$token_role
      unwrap
      inner=$(field client_token) || end $UNEXPECTED "Vault's answer to the unwrapping holds no token"
      exchange
      ;;
    wrapped-secret-id)
      creation_path=auth/$mount/role/$role/secret-id
      [[ -n $role_id || ! -s $role_file ]] || role_id=$(<"$role_file")
      [[ $role_id =~ ^[A-Za-z0-9._-]+$ ]] || end $MALFORMED "$file holds no role-id on its third line"
      unwrap
      secret_id=$(field secret_id) || end $UNEXPECTED "Vault's answer to the unwrapping holds no secret-id"
      ;;
    token)
      retried=false inner=$token
      ! attempted || retried=true
      mark attempted
      exchange
      ;;
  esac
}

one() { # a row of the table; runs in a subshell, so that its end is not everybody's
  if [[ ! -e $file && -r $states/$issuer && $(<"$states/$issuer") == done* ]]; then return 0; fi
  read_token
  if [[ -r $states/$issuer && $(<"$states/$issuer") == "done $hash" ]] || { attempted && stored; }; then
    mark "done"
  else
    obtain
    mkdir -p "$(dirname "$role_file")" "$(dirname "$secret_file")"
    chmod 0700 "$(dirname "$role_file")" "$(dirname "$secret_file")"
    printf '%s' "$role_id" | put 0600 "$role_file"
    printf '%s' "$secret_id" | put 0600 "$secret_file"
    mark "done"
    log INFO "issuer $issuer: role-id and secret-id are in place"
  fi
  shred -u "$file" 2>/dev/null || rm -f "$file"
}

shared() { # key-keeper uses the token itself; emptied once every issuer has logged in (pki.sh watch)
  issuer=shared file=$tokens/shared
  if [[ ! -e $file && -e $states/shared ]]; then return 0; fi
  read_token
  printf '%s' "$token" | put 0600 "$BOOTSTRAP_TOKEN_FILE"
  mark "done"
  shred -u "$file" 2>/dev/null || rm -f "$file"
}

wait_for_vault() {
  await_until "$VAULT_TIMEOUT" vault_ready || fail $UNREACHABLE "Vault at $VAULT_ADDR did not answer within $VAULT_TIMEOUT s: $(vault_words)"
  if [[ $body =~ \"server_time_utc\":([0-9]+) ]]; then
    TZ=UTC printf -v now '%(%s)T' -1
    skew=$((BASH_REMATCH[1] - now))
    ((skew >= -30 && skew <= 30)) || log WARN "this clock differs from Vault's by $skew s"
  fi
}

pending() { # is there anything to ask Vault for?
  local line file
  for line in "${table[@]}"; do
    file=$tokens/${line%%$'\t'*}
    if [[ -s $file ]] && ! grep -q '^cloudgen:placeholder:' "$file"; then return 0; fi
  done
  return 1
}

mkdir -p "$tokens" "$states" "$(dirname "$BOOTSTRAP_TOKEN_FILE")"
chmod 0700 "$tokens" "$states"
[[ -e $BOOTSTRAP_TOKEN_FILE ]] || : | put 0600 "$BOOTSTRAP_TOKEN_FILE"
case $VAULT_MODE in
  shared) shared; exit 0 ;;
  wrapped-token | wrapped-secret-id | token) ;;
  *) fail 78 "VAULT_MODE '$VAULT_MODE' is none of wrapped-token, wrapped-secret-id, token, shared" ;;
esac
mapfile -t table < <(rows issuers)
! pending || wait_for_vault
worst=0 failed=()
for line in "${table[@]}"; do
  IFS=$'\t' read -r issuer role mount token_role role_file secret_file <<<"$line"
  file=$tokens/$issuer code=0
  set +e
  (set -e; one)
  code=$?
  set -e
  ((code == 0)) || failed+=("$issuer ($code)")
  ((code <= worst)) || worst=$code
done
((worst == 0)) || fail "$worst" "not exchanged: ${failed[*]}"
log INFO "issuers exchanged: ${#table[@]}"
