# shellcheck shell=bash disable=SC2034 # used where this is sourced
# Shared by all scripts: settings, log, waits, files that survive a power cut, Vault over stdin.
umask 077
export LC_ALL=C
CLOUDGEN_ROOT=${CLOUDGEN_ROOT:-}
CLOUDGEN_ETC=${CLOUDGEN_ETC:-$CLOUDGEN_ROOT/etc/cloudgen}
lib=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

log() { # LEVEL TEXT
  TZ=UTC printf '%(%FT%TZ)T %s %s\n' -1 "$1" "${*:2}"
}

fail() { # CODE TEXT
  log FAIL "${@:2}" >&2
  exit "$1"
}

[[ -r $CLOUDGEN_ETC/bootstrap.env ]] || fail 78 "no settings: $CLOUDGEN_ETC/bootstrap.env cannot be read"
# shellcheck disable=SC1091
. "$CLOUDGEN_ETC/bootstrap.env"
STATE_DIR=${STATE_DIR:-$CLOUDGEN_ROOT/var/lib/cloudgen}
POLL=${POLL:-2}
PATH=${BIN_DIR:-/usr/local/bin}:$PATH

need() { # NAMES: settings that a script cannot do without
  local name absent=()
  for name; do [[ -n ${!name:-} ]] || absent+=("$name"); done
  ((${#absent[@]} == 0)) || fail 78 "not set in $CLOUDGEN_ETC/bootstrap.env: ${absent[*]}"
}

rows() { # TABLE: its lines without comments
  if [[ -r $CLOUDGEN_ETC/$1 ]]; then sed '/^#/d; /^[[:space:]]*$/d' "$CLOUDGEN_ETC/$1"; fi
}

uptime_s() { # monotonic: the first boot's clock jumps
  local up
  read -r up _ </proc/uptime
  printf '%s' "${up%.*}"
}

pause() { # TIMES
  local i
  for ((i = 0; i < $1; i++)); do sleep "$POLL"; done
}

await_until() { # SECONDS COMMAND: repeated until it succeeds; 1 when the time is up
  local end=$(($(uptime_s) + $1))
  shift
  until "$@"; do
    (($(uptime_s) < end)) || return 1
    sleep "$POLL"
  done
}

put() { # MODE PATH: stdin becomes the file, whole or not at all
  local new=$2.$$.new
  if cat >"$new" && chmod "$1" "$new" && sync "$new" && mv -fT "$new" "$2"; then
    sync "$(dirname "$2")"
  else # a full disk: no part of a secret stays, nor a file more at every try
    rm -f "$new"
    return 1
  fi
}

link_resolv() { # /etc/resolv.conf may name a stub on 127.0.0.53, which a pod cannot reach
  local run=$CLOUDGEN_ROOT/run/systemd/resolve/resolv.conf target=${RESOLV_CONF:-auto}
  [[ -n ${RESOLV_LINK:-} ]] || return 0
  if [[ $target == auto ]]; then
    target=$CLOUDGEN_ROOT/etc/resolv.conf
    [[ ! -e $run ]] || target=$run
  fi
  [[ -e $target ]] || fail 1 "resolv.conf for kubelet: $target does not exist"
  [[ $(readlink "$RESOLV_LINK" || true) != "$target" ]] || return 0
  mkdir -p "$(dirname "$RESOLV_LINK")"
  local new=$RESOLV_LINK.$$.new # kubelet's start may do the same at this moment
  ln -sfn "$target" "$new"
  mv -fT "$new" "$RESOLV_LINK"
  log INFO "resolv.conf for kubelet: $target"
}

# A pipe, not a here-document: bash before 5.1 keeps those in a file. A secret is in no argv, environment or file.
vault() { # METHOD PATH [TOKEN [JSON]]: sets body, status (000: no answer), rc (curl's)
  local reply
  rc=0
  reply=$({
    printf 'url = "%s/v1/%s"\nrequest = "%s"\n' "${VAULT_ADDR%/}" "$2" "$1"
    [[ -z ${VAULT_CACERT:-} ]] || printf 'cacert = "%s"\n' "$VAULT_CACERT"
    [[ -z ${VAULT_NAMESPACE:-} || $2 == sys/health ]] || printf 'header = "X-Vault-Namespace: %s"\n' "$VAULT_NAMESPACE"
    [[ -z ${3:-} ]] || printf 'header = "X-Vault-Token: %s"\n' "$3"
    [[ -z ${4:-} ]] || printf 'data = "%s"\n' "${4//\"/\\\"}"
  } | curl -q -s --noproxy '*' --connect-timeout 5 --max-time 30 --write-out '\n%{http_code}' --config -) || rc=$?
  status=${reply##*$'\n'} body=${reply%$'\n'*}
}

vault_ready() { # standby and performance nodes (429, 472, 473) forward
  vault GET sys/health
  [[ $status =~ ^(200|429|472|473)$ ]]
}

vault_words() { # why it does not answer
  case $rc/$status in
    6/*) echo "its name does not resolve" ;;
    7/*) echo "connection refused" ;;
    28/*) echo "no answer in time" ;;
    35/* | 60/* | 77/*) echo "its certificate is not trusted, or VAULT_CACERT is no CA file (curl exit $rc)" ;;
    0/501) echo "it is not initialised" ;;
    0/503) echo "it is sealed" ;;
    0/*) echo "HTTP $status" ;;
    *) echo "curl exit $rc" ;;
  esac
}

field() { # NAME: of the JSON in body, a text without escapes
  local pattern="\"$1\"[[:space:]]*:[[:space:]]*\"([^\"\\]+)\""
  [[ $body =~ $pattern ]] && printf '%s' "${BASH_REMATCH[1]}"
}
