# shellcheck shell=bash
# Every healthy machine has the VIP on its lo, from where BIRD announces it to its BGP neighbours, with BFD.
# Sourced by verbs/announce.sh, whose variables these functions share.
# shellcheck disable=SC2034,SC2154
# shellcheck source=../lib/own-api-server.sh
. "$BUNDLE/grant/lib/own-api-server.sh"

CONFIGURATION=$ROOT/etc/rackplane/bird.conf
# The hash of what BIRD was told last. Of this boot: BIRD reads its file when it starts.
APPLIED=$RUNDIR/applied-bird

# The kubeconfig with which another machine's API server is asked for a read.
credential() { echo /etc/kubernetes/admin.conf; }

# begin: what another process of this program announced goes on, unless its settings have changed: a neighbour would be
# cut off while clients' packets come by way of it.
begin() {
  know_machine lo
  ! holds_address || since=$now
  render || true
  applied || [ -z "$since" ] || withdraw "BIRD's configuration changed"
  apply
}

# render: BIRD reads its file as its own user. On a full disk the one that is there has to do.
render() {
  local text
  text=$(jq -r --slurpfile machine "$MACHINE_JSON" -f "$BUNDLE/grant/jq/bird.jq" "$NODE_JSON") || return 1
  place "$CONFIGURATION" 640 <<<"$text" && chgrp bird "$CONFIGURATION"
}

applied() { bird_runs && [ "$(cat "$APPLIED" 2>/dev/null)" = "$(sha256sum <"$CONFIGURATION")" ]; }

bird_runs() { systemctl is-active --quiet rackplane-bird.service; }

# apply: BIRD runs with its configuration; what fails is tried again at the next look.
apply() {
  local words hash verb=start
  ! applied || return 0
  ! bird_runs || verb=reload
  hash=$(sha256sum <"$CONFIGURATION")
  if words=$(systemctl "$verb" rackplane-bird.service 2>&1); then
    place "$APPLIED" 600 <<<"$hash"
    say announce wait "BIRD: $verb"
  else
    say announce wait "BIRD did not $verb: ${words:-no reason given}; see 'journalctl -u rackplane-bird'; tried again in a few seconds"
  fi
}

announce() {
  holds_address || ip addr add "$vip/32" dev lo || {
    say announce wait "$vip cannot be put on lo; tried again at the next look"
    return 0
  }
  since=$now
  tell_state
  say announce "done" "$vip is announced: $1"
}

# withdraw REASON: BIRD hears of it from the kernel and tells the switches within milliseconds.
withdraw() {
  ip addr del "$vip/32" dev lo 2>/dev/null || true
  since='' good='' quiet=2000000
  tell_state
  say announce wait "$vip is withdrawn: $1"
}

# The switches know the other machines' routes already.
give_away() { withdraw "$1"; }

leave() {
  know_machine lo
  ! holds_address || withdraw "this machine shuts down"
}

# tend: a person or a network's own configuration may have taken the address away, or stopped BIRD.
tend() {
  if ! holds_address && ip addr add "$vip/32" dev lo; then say announce wait "$vip was gone from lo and is back"; fi
  apply
}

idle() {
  ! holds_address || withdraw "$vip was still here"
  [ $((checks % 5)) != 0 ] || apply
}
