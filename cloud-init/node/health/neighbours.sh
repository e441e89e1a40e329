# shellcheck shell=bash
# shellcheck disable=SC2153  # WORK is that of the verb that asks
# Sourced after role.sh and announced.sh.

healthy_neighbours() {
  if metadata_peers && [ -s "$WORK/metadata.json" ] &&
    ! jq -e -f "$BUNDLE/boot/jq/neighbors.jq" "$WORK/metadata.json" >/dev/null 2>&1; then
    echo "no IPv4 neighbour in this machine's metadata (bgp_neighbors)"
    return 1
  fi
  [ -n "$(peers)" ] || {
    echo "no neighbour in $MACHINE_JSON"
    return 1
  }
}
