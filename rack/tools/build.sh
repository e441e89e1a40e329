#!/usr/bin/env bash
# Builds the rack's tools that no package registry ships as binaries, once, into a cache.
#
#   build.sh CACHE [TOOL ...]      all tools, or the ones named
#   build.sh --have CACHE TOOL     ends with 1 unless TOOL can be had without building it
#
# A tool is rebuilt when its inputs (go.mod, go.sum, sources, flags) or the Go version change. Each
# lands in CACHE/bin by a rename, so an interrupted build never leaves half a program there. A plugin that
# the Pulumi CLI has downloaded for this user is taken as it is.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
KUBERNETES_VERSION=1.34.3
NEWER_PULUMI_VERSION=3.274.1
# Those of one module stand side by side. pulumi-newer is built when it is named: it takes minutes, and one suite asks
# for it.
TOOLS=(pulumi pulumi-kubernetes equinix-metal etcd crane kubernetes kube-vip coredns flannel pause)
have=
if [ "${1:-}" = --have ]; then
  have=yes
  shift
fi
cache=${1:?usage: build.sh CACHE [TOOL ...]}
shift
[ $# -gt 0 ] || set -- "${TOOLS[@]}"
mkdir -p "$cache/bin" "$cache/stamps"
# Go's compiler spends a sixth of its time on collecting garbage; two at once stay below 3 GB with this.
export GOGC=400
export CGO_ENABLED=0 GOFLAGS="${GOFLAGS:-} -mod=readonly -buildvcs=false -trimpath" GOWORK=off

# build OUT LDFLAGS PACKAGE...: the packages of the module in the current directory.
build() {
  local out=$1 ldflags=$2
  shift 2
  # What a debugger reads is left out by the linker; the compiler need not write it, which is a tenth of its time.
  go build -o "$out/" -gcflags all=-dwarf=false -ldflags "-s -w $ldflags" "$@"
}

build_pulumi() {
  build "$1" "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.217.0" \
    github.com/pulumi/pulumi/pkg/v3/cmd/pulumi
}
# Beside the CLI lies its language host, which is found there first; here it is the one of CACHE/bin.
build_pulumi-newer() {
  build "$1" "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v$NEWER_PULUMI_VERSION" \
    github.com/pulumi/pulumi/pkg/v3/cmd/pulumi
  # shellcheck disable=SC2016 # the words of the script
  printf '#!/bin/sh\nexec "${0%%/*}/../bin/pulumi-language-nodejs" "$@"\n' >"$1/pulumi-language-nodejs"
  chmod +x "$1/pulumi-language-nodejs"
}
build_equinix-metal() {
  build "$1" "" .
  mv "$1/equinix-metal" "$1/pulumi-resource-equinix-metal"
}
# The plugin's schema lies in its module, outside the packages it is built from: laid over the folder of main.go.
build_pulumi-kubernetes() {
  local module=github.com/pulumi/pulumi-kubernetes/provider/v4 files
  go mod download "$module"
  files=$(go list -m -f '{{.Dir}}' "$module")/cmd/pulumi-resource-kubernetes
  printf '{"Replace": {"%s/schema.json": "%s/schema.json", "%s/terraform-mapping.json": "%s/terraform-mapping.json"}}' \
    "$PWD/kubernetes" "$files" "$PWD/kubernetes" "$files" >"$1/overlay.json"
  build "$1" "" -overlay "$1/overlay.json" ./kubernetes
  rm "$1/overlay.json"
  mv "$1/kubernetes" "$1/pulumi-resource-kubernetes"
}
build_etcd() {
  build "$1" "" go.etcd.io/etcd/server/v3 go.etcd.io/etcd/etcdctl/v3 go.etcd.io/etcd/etcdutl/v3
  mv "$1/server" "$1/etcd"
}
build_crane() { build "$1" "" github.com/google/go-containerregistry/cmd/crane; }
build_kubernetes() {
  local v=k8s.io/component-base/version
  build "$1" "-X $v.gitVersion=v$KUBERNETES_VERSION -X $v.gitMajor=${KUBERNETES_VERSION%%.*} \
    -X $v.gitMinor=$(cut -d. -f2 <<<"$KUBERNETES_VERSION") -X $v.gitTreeState=clean" tool
}
# Not among TOOLS: stacks whose clusters are upgraded ask for it. Not by a function that it shares with the one before: what
# that one is made of would look changed.
build_kubernetes-1.34.4() {
  local v=k8s.io/component-base/version
  build "$1" "-X $v.gitVersion=v1.34.4 -X $v.gitMajor=1 -X $v.gitMinor=34 -X $v.gitTreeState=clean" tool
}
# Likewise: what a cluster of another minor is upgraded from, and the etcd that its kubeadm asks for. That etcd's etcdctl is
# not to be had.
build_kubernetes-1.33.13() {
  local v=k8s.io/component-base/version
  build "$1" "-X $v.gitVersion=v1.33.13 -X $v.gitMajor=1 -X $v.gitMinor=33 -X $v.gitTreeState=clean" tool
}
build_etcd-3.5.24() {
  build "$1" "" go.etcd.io/etcd/server/v3
  mv "$1/server" "$1/etcd"
}
build_kube-vip() { build "$1" "-X main.Version=v1.2.2" github.com/kube-vip/kube-vip; }
# Not among TOOLS: the one suite that runs it asks for it (test/kube-vip-0.9).
build_kube-vip-0.9() {
  build "$1" "-X main.Version=v0.9.1" github.com/kube-vip/kube-vip
  mv "$1/kube-vip" "$1/kube-vip-0.9"
}
# Not among TOOLS: stacks whose Services get addresses ask for it.
build_kube-vip-cloud-provider() { build "$1" "" github.com/kube-vip/kube-vip-cloud-provider; }
# Not among TOOLS: the suite `conformance` asks for it. Kubernetes' own tests, what runs several of them at once, and what
# their pods run, which serves TLS with a certificate and its key that lie beside its source for everyone to see.
build_conformance() {
  local source
  build "$1" "" github.com/onsi/ginkgo/v2/ginkgo k8s.io/kubernetes/test/images/agnhost
  go test -c -o "$1/e2e.test" -gcflags all=-dwarf=false -ldflags "-s -w" k8s.io/kubernetes/test/e2e
  source=$(go list -m -f '{{.Dir}}' k8s.io/kubernetes)/test/images/agnhost
  cp "$source/porter/localhost.crt" "$1/agnhost.crt"
  cp "$source/porter/localhost.key" "$1/agnhost.key"
  chmod 0600 "$1/agnhost.key"
}
# Not among TOOLS: stacks with a cloud provider ask for it.
build_cloud-provider-equinix-metal() { build "$1" "" .; }
# Not among TOOLS: stacks whose backups go to an S3-compatible store ask for it (backups.ts).
build_versitygw() { build "$1" "-X main.Version=v1.8.0" github.com/versity/versitygw/cmd/versitygw; }
build_coredns() { build "$1" "" github.com/coredns/coredns; }
# flannel's amd64 backend needs cgo; linked statically it still runs in an image made from scratch.
build_flannel() {
  CGO_ENABLED=1 go build -o "$1/" -tags netgo,osusergo \
    -ldflags '-s -w -extldflags "-static"' github.com/flannel-io/flannel
}
build_pause() { build "$1" "" .; }

# folder_of TOOL: where in CACHE it lands; a second version of a program has a folder of its own.
folder_of() {
  case $1 in
  pulumi-newer) echo "bin-pulumi-$NEWER_PULUMI_VERSION" ;;
  kubernetes-* | etcd-*) echo "bin-$1" ;;
  *) echo bin ;;
  esac
}

# downloaded TOOL: the program's path below the Pulumi CLI's home, whose folders name exact versions.
downloaded() {
  local plugins=${PULUMI_HOME:-${HOME:-/root}/.pulumi}/plugins
  [ "$1" = pulumi-kubernetes ] || return 1
  local program=$plugins/resource-kubernetes-v4.34.2/pulumi-resource-kubernetes
  [ -x "$program" ] && printf '%s\n' "$program"
}

# source_of TOOL: its folder here. The Pulumi CLI and the Kubernetes plugin are one module, so that what both are made of
# has one version and is compiled once.
source_of() {
  case $1 in
  pulumi-kubernetes) echo pulumi ;;
  *) echo "$1" ;;
  esac
}

# inputs TOOL: a hash of everything that decides what comes out.
inputs() {
  (cd "$here" && {
    go version
    declare -f "build_$1"
    echo "$KUBERNETES_VERSION"
    [ "$1" != pulumi-newer ] || echo "$NEWER_PULUMI_VERSION"
    cat "$(source_of "$1")"/go.* "$(source_of "$1")"/*.go "$(source_of "$1")"/*/*.go 2>/dev/null || true
  }) |
    sha256sum | cut -d' ' -f1
}

# Modules of the tools that come later are fetched while those before are compiled: one waits for the network, the other
# for processors. What fails here fails again, and is told, where it is needed.
fetch_ahead() {
  local tool
  for tool; do (cd "$here/$(source_of "$tool")" && nice go mod download) >/dev/null 2>&1 || true; done
}
fetching=
end() {
  rm -rf "${out:-}"
  [ -z "$fetching" ] || kill "$fetching" 2>/dev/null || true
}
trap end EXIT

for tool in "$@"; do
  program=$(downloaded "$tool") || program=
  want=${program:-$(inputs "$tool")}
  [ "$(cat "$cache/stamps/$tool" 2>/dev/null)" = "$want" ] && continue
  if [ -n "$program" ]; then
    ln -sfn "$program" "$cache/bin/${program##*/}"
    printf '%s\n' "$want" >"$cache/stamps/$tool"
    continue
  fi
  [ -z "$have" ] || exit 1
  if [ -z "$fetching" ]; then
    fetch_ahead "$@" &
    fetching=$!
  fi
  printf 'building %s ... ' "$tool"
  begin=$SECONDS
  out=$(mktemp -d "$cache/building.XXXXXX")
  # Not as a condition: within one bash passes over errors, and what a failed build left would land as a tool.
  set +e
  (set -e && cd "$here/$(source_of "$tool")" && "build_$tool" "$out") >"$cache/build-$tool.log" 2>&1
  failed=$?
  set -e
  if [ "$failed" -ne 0 ]; then
    printf 'failed; the end of %s:\n' "$cache/build-$tool.log"
    tail -n 20 "$cache/build-$tool.log"
    exit 1
  fi
  mkdir -p "$cache/$(folder_of "$tool")"
  mv -f "$out"/* "$cache/$(folder_of "$tool")/"
  rmdir "$out"
  printf '%s\n' "$want" >"$cache/stamps/$tool"
  printf '%s s\n' $((SECONDS - begin))
done
