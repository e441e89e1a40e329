# shellcheck shell=bash
# shellcheck disable=SC2154
# A machine that is new to keepalived's election is sent no advertisement until the others have been told of it, which is
# after it has joined. It would take their silence for their end and hold the VIP beside the machine that has it. So it
# stands aside until the holder's own advertisements reach it.
# Sourced by lib/balancing.sh.

# Exists from before the machine's first keepalived on.
NEWCOMER=$STATE/newcomer

newcomer() { [ -e "$NEWCOMER" ]; }

note_newcomer() {
  mkdir -p "$STATE"
  : >"$NEWCOMER"
  sync "$NEWCOMER" "$STATE"
}

# greeted: the others know this machine, or there is none that would have to. Uses the announcer's variables.
greeted() {
  local own others=()
  newcomer || return 0
  own=$(machine .address) || return 1
  mapfile -t others < <(electors | grep -vxF "$own")
  if [ ${#others[@]} = 0 ] || [ -s "$STATE/formed.json" ] || hears_holder "$own" "${others[@]}" || first_of_pair "$own"; then
    rm -f "$NEWCOMER"
    return 0
  fi
  return 1
}

# electors: the addresses of all machines of the election, one a line.
electors() {
  jq -r --slurpfile roster "$ROSTER_JSON" '(if .announcer.kind == "balancers" then .announcer.machines else $roster[0] end)[].address' "$NODE_JSON"
}

# hears_holder OWN OTHER...: four intervals are longer than an election.
hears_holder() {
  local id patience
  read -r id patience < <(node '.announcer | "\(.virtualRouterId) \(.advertSeconds * 4 + 0.2)"') || return 1
  perl "$BUNDLE/grant/lib/advertised.pl" "$1" "$id" "$patience" "${@:2}"
}

# first_of_pair OWN: neither one of a pair has held the VIP yet. On the control plane a third machine might be about to.
first_of_pair() {
  local words
  [ "$(role)" = balancer ] || return 1
  words=$(perl "$BUNDLE/health/who-has.pl" "$device" "$1" "$vip" 2>&1) && [ -z "$words" ]
}
