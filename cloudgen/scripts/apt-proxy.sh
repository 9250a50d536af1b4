#!/bin/bash
# apt asks which way an address goes: prints the proxy, or DIRECT for what proxy.env excepts. apt itself knows no NO_PROXY.
set -euo pipefail
# shellcheck disable=SC1091
. "${CLOUDGEN_ETC:-${CLOUDGEN_ROOT:-}/etc/cloudgen}/proxy.env"
host=${1#*://}
host=${host%%[/:]*}
proxy=${HTTP_PROXY:-}
[[ $1 != https://* ]] || proxy=${HTTPS_PROXY:-}
IFS=, read -ra excepted <<<"${NO_PROXY:-}"
for name in "${excepted[@]}"; do
  if [[ $host == "${name#.}" || $host == *".${name#.}" ]]; then proxy=''; fi
done
[[ $proxy == *://* ]] || proxy=${proxy:+http://$proxy}
echo "${proxy:-DIRECT}"
