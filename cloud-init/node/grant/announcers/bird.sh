# shellcheck shell=bash
# Every healthy machine has the VIP on its lo, and BIRD, which has a session with each BGP neighbour all the time, announces
# what lies there. Sourced by verbs/announce.sh, whose variables these functions share.
# shellcheck disable=SC2034,SC2154
# shellcheck source=../lib/balancing.sh
. "$BUNDLE/grant/lib/balancing.sh"
# shellcheck source=../lib/bird.sh
. "$BUNDLE/grant/lib/bird.sh"
# shellcheck source=../lib/own-api-server.sh
. "$BUNDLE/grant/lib/own-api-server.sh"

# The hash of the inputs of the configuration that is on disk.
inputs=''

# An administrator's, for `outvoted`; BIRD asks no API server.
credential() { echo /etc/kubernetes/admin.conf; }

# begin: an address that is left over from an earlier run goes before BIRD starts, which would announce it at once.
begin() {
  know_api_server
  if holds_address && ! runs; then drop_address; fi
  follow_configuration
  # Switched off: the process before this one was giving the address away.
  if holds_address && told; then since=$now; fi
}

runs() { systemctl is-active --quiet rackplane-bird.service; }

# told: what lies on lo is announced.
told() { ask_bird show protocols vip 2>/dev/null | awk '$1 == "vip" && $4 == "up" { up = 1 } END { exit !up }'; }

announce() {
  put_address || {
    say announce wait "$vip cannot be put on lo: ${words:-no reason given}; expected 'ip addr add $vip/32 dev lo' to do it"
    return 0
  }
  ask_bird enable vip >/dev/null 2>&1 || true
  since=$now
  tell_state
  say announce "done" "$vip is announced: $1"
}

put_address() { words=$(ip addr add "$vip/32" dev lo 2>&1) || holds_address; }

# withdraw: the kernel tells BIRD at once that the address is gone, and BIRD its neighbours.
withdraw() {
  drop_address
  ask_bird enable vip >/dev/null 2>&1 || true
  since='' good='' quiet=2000000
  tell_state
  say announce wait "$vip is withdrawn: $1"
}

drop_address() { ip addr del "$vip/32" dev lo 2>/dev/null || true; }

# give_away: the neighbours hear of it while the address is still here, so that what is on its way is served. Nothing tells
# when they have changed their routes; a switch does it within milliseconds, and a packet is on its way for no longer.
give_away() {
  ! ask_bird disable vip >/dev/null 2>&1 || pause 0.2
  withdraw "$1"
}

leave() { ! holds_address || give_away "this machine shuts down"; }

tend() {
  follow_configuration
  if ! holds_address && put_address; then say announce wait "$vip was gone from lo and is back"; fi
}

# idle: while the address is here, this machine's own calls to the endpoint, a join's included, end at its own dead API
# server.
idle() {
  ! holds_address || withdraw "$vip was still here"
  [ $((checks % 5)) != 0 ] || follow_configuration
}

holds_address() { [ -n "$(ip -o addr show dev lo to "$vip/32" 2>/dev/null)" ]; }

# source_address: what sessions are made from.
source_address() {
  local device
  device=$(machine '.source.interface // empty' 2>/dev/null) || device=
  if [ -z "$device" ]; then
    machine '.source.address // .address'
  else
    # The VIP may lie on the same interface.
    ip -j -4 addr show dev "$device" | jq -re --arg vip "$vip" 'first(.[].addr_info[]? | select(.local != $vip and .scope == "global") | .local)'
  fi
}

# follow_configuration: renders anew when the settings, the neighbours or the source changed; starts BIRD, and has a running one
# read what is new. Only sessions whose own settings changed begin anew.
follow_configuration() {
  local found address text
  address=$(source_address) || {
    say announce wait "no address to make BGP sessions from: endpoint.source.interface $(machine '.source.interface // "none"') has none; see 'ip address'"
    return 0
  }
  found=$(configuration_inputs)$address
  if [ "$found" != "$inputs" ]; then
    # The MD5 passwords of the neighbours are in it.
    { compose_machine && text=$(jq -r --slurpfile machine "$MACHINE_JSON" --arg source "$address" -f "$BUNDLE/grant/jq/bird.jq" "$NODE_JSON") &&
      place "$(configuration_of bird)" 600 <<<"$text"; } || return 0
    inputs=$found
  fi
  if ! runs; then
    tell_daemon start bird
  elif ! applied bird; then
    tell_daemon reload bird
  fi
}
