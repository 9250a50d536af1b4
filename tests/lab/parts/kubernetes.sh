#!/bin/bash
# kubernetes.sh WORK TARGET PROGRAM...: programs of the source tree WORK/kubernetes, built with the system's Go into TARGET.
set -euo pipefail
work=$(realpath "$1") target=$(realpath "$2")
shift 2

# The vendored reflect2 1.0.1 reaches into Go's maps as they were before 1.18; Debian's 1.0.2 does not.
vendored=$work/kubernetes/vendor/github.com/modern-go/reflect2
rm -f "$vendored"/*.go "$vendored"/*.s
cp "$work"/usr/share/gocode/src/github.com/modern-go/reflect2/*.{go,s} "$vendored"
rm -f "$vendored"/*_test.go

cd "$work/kubernetes"
mkdir -p .go/src/k8s.io
ln -sfn ../../.. .go/src/k8s.io/kubernetes
export GOPATH=$PWD/.go HOME=$work CGO_ENABLED=0 GOFLAGS=-mod=vendor GOTOOLCHAIN=local
export KUBE_GIT_VERSION=v1.20.2 KUBE_GIT_MAJOR=1 KUBE_GIT_MINOR=20 KUBE_GIT_COMMIT=debian KUBE_GIT_TREE_STATE=clean
make --silent WHAT="${*/#/cmd/}"
install -m 0755 -t "$target" "${@/#/_output/bin/}"
