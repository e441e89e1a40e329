#!/usr/bin/env bash
# A multihop peer is reached through the private gateway; by the default route packets would leave with
# the public address and never arrive. The kernel forgets routes at a reboot, so this runs at every boot.
set -euo pipefail
# shellcheck source=../lib/common.sh
. "${RACKPLANE_BUNDLE:-/opt/rackplane}/boot/lib/common.sh"
# shellcheck source=../lib/peer-routes.sh
. "$BUNDLE/boot/lib/peer-routes.sh"

# Errors of `ip` go to the journal only: the check below asks the kernel for the route it really takes.
route_peers
while read -r peer; do
  routed "$peer" ||
    die peer-routes "the kernel sends $peer this way: $(ip route get "$peer" 2>&1 | head -n 1); expected from $(machine .address) via $(machine .gateway). Look for another route or rule to it: 'ip route show; ip rule'"
done < <(machine '.peers[].address')
