# shellcheck shell=bash
# Routes to BGP peers beyond the first hop, through the private network. Sourced after common.sh.

# routed PEER: packets to the peer leave through the private gateway, from the private address, which is
# the only one that the switches accept a session from.
routed() {
  # In a legacy site the peer is the gateway itself: on the link, no route between.
  ip -j route get "$1" | jq -e --slurpfile machine "$MACHINE_JSON" --arg peer "$1" \
    '.[0] | (.gateway // $peer) == $machine[0].gateway and .prefsrc == $machine[0].address' >/dev/null
}

# route_peers: adds the missing routes, and says on standard output which of them were missing and now work.
route_peers() {
  local peer gateway address
  read -r gateway address < <(machine '"\(.gateway // empty) \(.address // empty)"') || return 1
  while read -r peer; do
    if [ "$peer" != "$gateway" ] && ! routed "$peer"; then
      ip route replace "$peer/32" via "$gateway" src "$address" && routed "$peer" && echo "$peer via $gateway"
    fi
  done < <(machine '.peers[].address')
  return 0
}
