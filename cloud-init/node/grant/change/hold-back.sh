# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # VIP and OTHERS are the grant's (lib/grant.sh)
# While this machine's API server stops for a change, another machine serves the endpoint: the announcer hands over in
# order while this machine still serves, and announces nothing until it is let go (lib/held-back.sh).
# Sourced after lib/cluster.sh and role.sh.

# shellcheck source=../lib/held-back.sh
. "$BUNDLE/grant/lib/held-back.sh"

# hold_back: afterwards another machine serves at the VIP, as seen from here.
hold_back() {
  announces || return 0
  [ -n "$OTHERS" ] || {
    say change wait "no other machine can hold $VIP: the endpoint is away while this machine's API server is"
    return 0
  }
  say change wait "this machine gives $VIP away while it is changed"
  ENDINGS+=(let_go)
  begin_holding_back
  await change 60 "another machine to serve at $VIP; nothing was changed here yet: see 'journalctl -u rackplane-announcer' here and on the others" handed_over
}

# handed_over: the announcer has withdrawn, the address is gone from here, and the API answers at it: so another machine
# has it.
handed_over() {
  local word=
  read -r word _ <"$RUNDIR/announcing" || true
  [ "$word" = no ] || {
    echo "the announcer here still announces it"
    return 1
  }
  vip_away || {
    echo "$VIP still lies on this machine"
    return 1
  }
  api_ready "$VIP"
}

let_go() { end_holding_back; }
