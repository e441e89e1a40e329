#!/usr/bin/env bash
# Every image of the control plane is on the machine before it becomes a member: an initialisation that
# waits for a registry looks like one that hangs.
set -euo pipefail
# shellcheck source=../lib/common.sh
. "${RACKPLANE_BUNDLE:-/opt/rackplane}/boot/lib/common.sh"
# shellcheck source=../lib/role.sh
. "$BUNDLE/boot/lib/role.sh"

version=$(node .cluster.kubernetesVersion)
# Of kubeadm's own images a worker runs kube-proxy, and perhaps CoreDNS.
needed=$([ "$(role)" = worker ] && echo '/(kube-proxy|coredns)[/:]' || echo .)
images=$({ kubeadm config images list --kubernetes-version "v$version" | grep -E "$needed" && node '.images.sandbox, .images.extra[]'; } | sort -u)

# The list's hash says what was pulled: an upgrade changes it, a reboot does not.
stamp=$STATE/images
hash=$(sha256sum <<<"$images" | cut -d' ' -f1)
[ "$(cat "$stamp" 2>/dev/null)" != "$hash" ] || exit 0

# kubelet finds what is in containerd's k8s.io namespace. --hosts-dir makes ctr use the mirrors too.
# A registry that stalls is left at the deadline: ctr itself would wait for ever.
seconds=$(node .deadlines.downloads)
pull_all() {
  timeout "$seconds" xargs -P 3 -I{} ctr -n k8s.io images pull --hosts-dir "$ROOT/etc/containerd/certs.d" {} <<<"$images" 2>&1 >/dev/null
}
await images "$seconds" "$(wc -l <<<"$images") images from their registries or mirrors" pull_all
place "$stamp" 644 <<<"$hash"
