#!/bin/bash
# The PKI on disk against the table `pki`: stage | check | sweep | watch.
# key-keeper may truncate what it fetches, looks at expiry only, and drops an issuer whose login failed once.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"

parses() { # KIND FILE
  [[ -s $2 ]] || return 1
  case $1 in
    certificate | ca) openssl x509 -noout -in "$2" ;;
    key | private-key) openssl pkey -noout -passin pass: -in "$2" ;;
    public-key) openssl pkey -pubin -noout -in "$2" ;;
    *) return 1 ;;
  esac </dev/null &>/dev/null
}

public() { # KIND FILE
  case $1 in
    certificate) openssl x509 -noout -pubkey -in "$2" ;;
    private) openssl pkey -pubout -passin pass: -in "$2" ;;
    public-key) openssl pkey -pubin -pubout -in "$2" ;;
  esac </dev/null 2>/dev/null
}

pair() { # KIND FILE KEY: do they belong together?
  [[ $3 == - || $(public "$1" "$2") == "$(public private "$3")" ]]
}

look() { # KIND FILE: sets seen, in one call: the public key and, of a certificate, names and end; nothing if unparsable
  seen=${looked[$2]:-}
  if [[ -z $seen ]]; then
    case $1 in
      certificate | ca) seen=$(openssl x509 -noout -pubkey -ext subjectAltName -checkend 0 -in "$2" </dev/null 2>/dev/null) || true ;;
      key | private-key) seen=$(public private "$2") || true ;;
      public-key) seen=$(public public-key "$2") || true ;;
    esac
  fi
  [[ $seen =~ -----BEGIN\ PUBLIC\ KEY-----.*-----END\ PUBLIC\ KEY----- ]] || return 1
  public_key=${BASH_REMATCH[0]}
  looked[$2]=$seen
}

lacking() { # FILE NAMES: those that the certificate does not hold
  local sans='' name
  [[ $2 != - ]] || return 0
  if [[ $seen =~ Alternative\ Name:[^$'\n']*$'\n'([^$'\n']*) ]]; then sans=,${BASH_REMATCH[1]// /},; fi
  for name in ${2//,/ }; do
    if [[ $name == *:*:* ]]; then # an IPv6 address has many spellings
      openssl x509 -noout -checkip "$name" -in "$1" | grep -q 'does match' || printf ' %s' "$name"
    elif [[ ${sans,,} != *",dns:${name,,},"* && $sans != *",IPAddress:$name,"* ]]; then
      printf ' %s' "$name"
    fi
  done
}

fault() { # sets why of the row; 0 good, 1 unusable, 2 there but wrong
  local public_key its_key seen
  why=''
  if [[ ! -e $path ]]; then why="missing"; return 1; fi
  if [[ ! -s $path ]]; then why="empty"; return 1; fi
  if ! look "$kind" "$path"; then why="cannot be parsed as $kind"; return 1; fi
  if [[ $kind =~ ^(certificate|public-key)$ && $key != - ]]; then
    its_key=$public_key
    if ! look private-key "$key"; then why="its key $key is missing or cannot be parsed"; return 1; fi
    if [[ $public_key != "$its_key" ]]; then why="does not match its key $key"; return 1; fi
    look "$kind" "$path"
  fi
  [[ $kind =~ ^(certificate|ca)$ ]] || return 0
  if [[ $seen == *"Certificate will expire"* ]]; then why="has expired"; return 2; fi
  why=$(lacking "$path" "$names")
  if [[ -n $why ]]; then why="does not hold the names:$why"; return 2; fi
}

each() { # FUNCTION: for every row
  local line path kind key names staged
  for line in "${table[@]}"; do
    IFS=$'\t' read -r path kind key names staged <<<"$line"
    "$1"
  done
}

check_row() {
  local code=0
  fault || code=$?
  ((code == 0)) || printf '%s: %s\n' "$path" "$why"
  ((code == 0 || worst == 1)) || worst=$code
}

check() { # a line a fault; 0 complete, 1 something is missing or unusable, 2 all there, but expired or without a name
  worst=0
  each check_row
  return "$worst"
}

remember() { if [[ $staged != - ]]; then source_of[$path]=$staged; fi; }

stage_row() {
  local from=$staged
  [[ $from != - && -e $from ]] || return 0
  if parses "$kind" "$from" && pair "$kind" "$from" "${source_of[$key]:--}"; then
    ready[$path]=$from
  else
    log WARN "$from is empty, damaged or does not match its pair; $path stays as it is"
  fi
}

pair_row() { # both halves or none
  [[ $staged != - && $key != - ]] || return 0
  [[ -n ${ready[$path]:-} && -n ${ready[$key]:-} ]] || unset "ready[$path]" "ready[$key]"
}

install_row() { # the copy that key-keeper reads back stays where it is
  local mode=0600
  [[ -n ${ready[$path]:-} ]] || return 0
  if [[ -e $path && $(<"$staged") == "$(<"$path")" ]]; then return 0; fi
  [[ $kind != public-key ]] || mode=0644
  (umask 022 && mkdir -p "$(dirname "$path")")
  put "$mode" "$path" <"$staged"
  log INFO "$path: put in place"
}

stage() { # never a bad file over a good one
  local step
  declare -gA source_of=() ready=()
  for step in remember stage_row pair_row install_row; do each "$step"; done
}

discard() { # FILES: set aside; key-keeper orders only what is not there
  local file
  for file; do
    [[ $file != - && -e $file ]] || continue
    mv -fT "$file" "$file.rejected"
    log WARN "$file: ${why:-its pair is bad}; set aside as $file.rejected"
  done
}

sweep_row() { # an empty leaf makes key-keeper panic
  local code=0
  if [[ ! $kind =~ ^(certificate|ca)$ || ! -e $path ]]; then return 0; fi
  fault || code=$?
  ((code != 1)) || discard "$path" "$key"
}

names_row() {
  [[ $kind == certificate && -e $path ]] || return 0
  fault || [[ $why != "does not hold"* ]] || discard "$path" "$key"
}

logged_in() { # every issuer has its role-id and secret-id
  local line role secret
  while IFS=$'\t' read -r line line line line role secret; do
    [[ -s $role && -s $secret ]] || return 1
  done < <(rows issuers)
}

young() { # key-keeper needs time for its keys before it is judged
  local started
  started=$(systemctl show -p ActiveEnterTimestampMonotonic --value key-keeper.service)
  ((${started:-0} > 0 && $(uptime_s) - started / 1000000 < ${PKI_GRACE:-120}))
}

watch() {
  local count=0 due=0 now state=$STATE_DIR/pki-watch said
  stage
  if ! said=$(check); then
    sleep "${PKI_SETTLE:-5}" # a renewal writes certificate and key one after the other
    stage
    said=$(check) || true
  fi
  if [[ -z $said ]]; then
    rm -f "$state"
    if [[ ${VAULT_MODE:-} == shared && -s $BOOTSTRAP_TOKEN_FILE ]] && logged_in; then : | put 0600 "$BOOTSTRAP_TOKEN_FILE"; fi
    return 0
  fi
  log WARN "the PKI is not complete:"
  printf '%s\n' "$said"
  if young; then return 0; fi
  [[ ! -r $state ]] || read -r count due <"$state"
  now=$(date +%s)
  ((now >= due || due > now + 900)) || return 1
  if [[ -n ${VAULT_ADDR:-} ]] && ! vault_ready; then # a restart now would only lose what works
    log WARN "key-keeper is not restarted: Vault at $VAULT_ADDR: $(vault_words)"
    return 1
  fi
  each sweep_row
  each names_row
  due=$((count < 5 ? 30 << count : 900))
  printf '%s %s\n' $((count + 1)) $((now + due)) | put 0600 "$state"
  log WARN "restarting key-keeper (restart $((count + 1)), the next not before $due s)"
  systemctl restart --no-block key-keeper.service
  return 1
}

declare -A looked=()
mapfile -t table < <(rows pki)
case ${1:-} in
  stage) stage ;;
  check) check ;;
  sweep) each sweep_row ;;
  watch) mkdir -p "$STATE_DIR" && watch ;;
  *) fail 64 "usage: pki.sh stage|check|sweep|watch" ;;
esac
