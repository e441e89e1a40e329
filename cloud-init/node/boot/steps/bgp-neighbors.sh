#!/usr/bin/env bash
# The switches this machine may speak BGP with. They are in its metadata once the platform has
# configured the session, which races with this boot; until then they are absent, null or [].
set -euo pipefail
# shellcheck source=../lib/common.sh
. "${RACKPLANE_BUNDLE:-/opt/rackplane}/boot/lib/common.sh"
# shellcheck source=../lib/metadata.sh
. "$BUNDLE/boot/lib/metadata.sh"

has_neighbors() {
  jq -e -f "$BUNDLE/boot/jq/neighbors.jq" "$METADATA_JSON" >/dev/null && return 0
  fetch_metadata || return 1
  jq -e -f "$BUNDLE/boot/jq/neighbors.jq" "$METADATA_JSON" >/dev/null && return 0
  echo "bgp_neighbors is $(jq -c .bgp_neighbors "$METADATA_JSON"); check that the project has local BGP enabled and that this device has an IPv4 BGP session"
  return 1
}
await bgp-neighbors "$(node .deadlines.bgpNeighbors)" "an IPv4 entry of bgp_neighbors in $(node .machine.metadataUrl)" has_neighbors

machine=$(jq -n -f "$BUNDLE/boot/jq/machine.jq" \
  --slurpfile identity <(jq -f "$BUNDLE/boot/jq/identity.jq" "$METADATA_JSON") \
  --slurpfile neighbors <(jq -f "$BUNDLE/boot/jq/neighbors.jq" "$METADATA_JSON"))
place "$MACHINE_JSON" 600 <<<"$machine"

# kube-vip separates its peers by commas and their fields by colons, and knows no quotes.
machine '[.peers[].password | strings | select(test("[:,/]"))] | length' | grep -qx 0 ||
  die bgp-neighbors "the BGP password in this machine's metadata holds ':', ',' or '/', which kube-vip cannot be told: give the project another one"

jq -e '.localAs != null and all(.peers[]; .as != null)' "$MACHINE_JSON" >/dev/null ||
  die bgp-neighbors "bgp_neighbors lacks customer_as or peer_as: $(jq -c '[.peers[] | {address, as}]' "$MACHINE_JSON"); ask the platform for its BGP configuration"
