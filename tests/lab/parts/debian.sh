#!/bin/bash
# debian.sh unpack FOLDER PACKAGE: a binary package, unpacked into FOLDER.
# debian.sh source FOLDER PACKAGE: a source package, unpacked into FOLDER/PACKAGE with Debian's patches applied.
# The lines of a sources.list come on standard input. apt's lists and settings are those of a throw-away folder.
set -euo pipefail
kind=$1 folder=$2 package=$3
apt=$(mktemp -d)
trap 'rm -rf "$apt"' EXIT
mkdir -p "$apt"/{lists,cache/archives}/partial
: >"$apt/status"
cat >"$apt/sources.list"

private() {
  apt-get -qq -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null -o Dir::State::Lists="$apt/lists" \
    -o Dir::State::status="$apt/status" -o Dir::Cache="$apt/cache" -o Acquire::Languages=none \
    -o Acquire::Retries=3 -o APT::Sandbox::User=root "$@"
}

cd "$apt"
private update
case $kind in
  unpack)
    private download "$package"
    dpkg-deb -x "$package"_*.deb "$folder"
    ;;
  source)
    private source --download-only "$package"
    dpkg-source -x "$package"_*.dsc "$folder/$package" >/dev/null
    ;;
esac
