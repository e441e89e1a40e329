#!/usr/bin/env bash
# Tells containerd how to connect a pod, once flannel has told this machine's pod subnet. Not a step of `prepare`:
# flannel is itself a pod, so rackplane-cni.path starts this when flannel writes its file.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "${RACKPLANE_BUNDLE:-/opt/rackplane}/boot/lib/common.sh"

# Whoever brings another pod network, flannel's own manifests among them, brings its CNI configuration too.
network=$(node '.network.kind // "flannel"')
[ "$network" = flannel ] || {
  say cni "done" "nothing to do: network.kind is $network"
  exit 0
}

file=$ROOT/run/flannel/subnet.env
# Read, not sourced: nothing in the file is to be executed.
value() {
  sed -n "s/^$1=//p" "$file" | grep . || die cni "$file has no $1; it holds: $(tr '\n' ' ' <"$file"). Look at the flannel pod's log"
}
network=$(value FLANNEL_NETWORK)
subnet=$(value FLANNEL_SUBNET)
mtu=$(value FLANNEL_MTU)
ipmasq=$(value FLANNEL_IPMASQ)

install -d -m 755 "$ROOT/etc/cni/net.d"
conflist=$(jq -n --arg network "$network" --arg subnet "$subnet" --arg mtu "$mtu" --arg ipmasq "$ipmasq" \
  -f "$BUNDLE/grant/jq/flannel-cni.jq")
if replace "$ROOT/etc/cni/net.d/10-rackplane.conflist" 644 <<<"$conflist"; then
  say cni "done" "pods of this machine are in $subnet, mtu $mtu"
fi
