#!/bin/bash
# Puts the files of the table `downloads` in place: whole, checked, renamed; or not at all.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
need DOWNLOAD_TIMEOUT
records=$STATE_DIR/downloads
if [[ -r $CLOUDGEN_ETC/proxy.env ]]; then
  # shellcheck disable=SC1091
  . "$CLOUDGEN_ETC/proxy.env"
  export http_proxy=${HTTP_PROXY:-} https_proxy=${HTTPS_PROXY:-} no_proxy=${NO_PROXY:-} # curl ignores HTTP_PROXY
fi

shown() { # URL: without what may be a secret, a password or a signature
  local url=${1%%[?#]*}
  printf '%s' "${url/:\/\/*@/:\/\/}"
}

get() { # URL FILE; a URL may be signed: not in argv
  local try rc code
  for try in 1 2 3 4; do
    rc=0
    code=$(printf 'url = "%s"\n' "$1" | curl -q -fsSL --proto '=http,https' --connect-timeout 15 --speed-limit 1024 \
      --speed-time 30 --max-time "$DOWNLOAD_TIMEOUT" --output "$2" --write-out '%{http_code}' --config -) || rc=$?
    ((rc != 0)) || return 0
    log WARN "$name: attempt $try at $(shown "$1") failed (curl exit $rc, HTTP $code)"
    if [[ $code == 4?? && $code != 408 && $code != 429 ]]; then return 1; fi
    ((try == 4)) || pause $((try * try))
  done
  return 1
}

published() { # URL-OF-SUMS URL-OF-FILE: the sum in a publisher's file: bare, or in the line of that name, or the only one
  local file=${2%%[?#]*}
  get "$1" "$tmp/sums" || return 1
  awk -v want="${file##*/}" '
    { hex = tolower($1); name = $2; sub(/^\*/, "", name); sub(/.*\//, "", name); sub(/\r$/, "", hex) }
    length(hex) == 64 && hex !~ /[^0-9a-f]/ { n++; last = hex; if (name == want) found = hex }
    END { if (found) print found; else if (n == 1) print last; else exit 1 }' "$tmp/sums"
}

verified() { # CHECK URL: of $tmp/file
  local want is
  case $1 in
    sha256:*) want=${1#sha256:} ;;
    published:*) want=$(published "${1#published:}" "$2") || { log FAIL "$name: no sha256 for it at $(shown "${1#published:}")"; return 1; } ;;
    unverified) log WARN "$name: NOT VERIFIED: the table names no checksum"; return 0 ;;
    *) log FAIL "$name: check '$1' is none of sha256:, published:, unverified"; return 1 ;;
  esac
  is=$(sha256sum <"$tmp/file")
  is=${is%% *}
  [[ $is == "${want,,}" ]] || { log FAIL "$name: sha256 is $is, expected ${want,,}: thrown away"; return 1; }
}

place() { # MEMBER DESTINATION MODE: all are ready before the first is renamed
  local file target files=("$tmp/file") record=$row
  if [[ $1 != - ]]; then
    mkdir "$tmp/x"
    tar -xf "$tmp/file" --no-same-owner -C "$tmp/x" || { log FAIL "$name: not an archive that tar reads"; return 1; }
    mapfile -t files < <(compgen -G "$tmp/x/$1" || true)
  fi
  for file in "${files[@]}"; do
    if [[ ! -f $file || -L $file ]]; then continue; fi
    chmod "$3" "$file" || return 1
    sync "$file" || return 1
  done
  for file in "${files[@]}"; do
    if [[ ! -f $file || -L $file ]]; then continue; fi
    target=$2
    [[ $1 != *[*?[]* ]] || target=$2/${file##*/}
    mv -fT "$file" "$target" || return 1
    ! command -v restorecon >/dev/null || restorecon "$target" || log WARN "$name: no SELinux label for $target"
    record+=$'\n'$(sha256sum "$target")
  done
  [[ $record != "$row" ]] || { log FAIL "$name: the archive holds no file '$1'"; return 1; }
  sync "$folder"
  put 0600 "$records/$name" <<<"$record"
}

install_row() {
  local name url check member target mode folder
  IFS=$'\t' read -r name url check member target mode <<<"$row"
  if [[ -r $records/$name && $(head -n 1 "$records/$name") == "$row" ]] &&
    tail -n +2 "$records/$name" | sha256sum -c --status 2>/dev/null; then return 0; fi
  folder=$(dirname "$target")
  [[ $member != *[*?[]* ]] || folder=$target
  tmp=$folder/.cloudgen-$name # beside its destination: a rename must not cross file systems
  (umask 022 && mkdir -p "$folder") || return 1
  rm -rf "$tmp"
  if mkdir "$tmp" && get "$url" "$tmp/file" && verified "$check" "$url" && place "$member" "$target" "$mode"; then
    log INFO "$name: installed"
    rm -rf "$tmp"
  else
    rm -rf "$tmp"
    return 1
  fi
}

mkdir -p "$records"
failed=()
mapfile -t table < <(rows downloads)
for row in "${table[@]}"; do
  install_row || failed+=("${row%%$'\t'*}")
done
((${#failed[@]} == 0)) || fail 40 "not installed: ${failed[*]}"
