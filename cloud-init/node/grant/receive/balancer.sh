# shellcheck shell=bash
# A balancer and a keepalived that run get no configuration that they would refuse, or could not listen with: a HAProxy
# that is reloaded and cannot have one of its ports tries for two seconds, in which the old one accepts nothing either.
# Sourced after lib/balancing.sh.

# refuse_balancing FILE: dies naming what the daemons that run here could not do of the grant; nothing was changed.
refuse_balancing() {
  local findings=() daemon new=$RUNDIR/balancing-new
  systemctl is-active --quiet rackplane-keepalived.service || return 0
  jq -e '.node | .role == "balancer" or (.role == null and .announcer.kind == "keepalived")' "$1" >/dev/null || return 0
  mkdir -p "$new"
  jq .node "$1" >"$new/node.json"
  jq .roster "$1" >"$new/roster.json"
  jq '.secrets // {}' "$1" >"$new/secrets.json"
  for daemon in $(daemons); do
    NODE_JSON=$new/node.json ROSTER_JSON=$new/roster.json SECRETS_JSON=$new/secrets.json render "$daemon" >"$new/$daemon"
    ask_daemon "$daemon" "$new/$daemon"
  done
  ask_ports "$new/haproxy"
  rm -rf "$new"
  [ ${#findings[@]} -eq 0 ] ||
    die balancer "$(uname -n): $(printf '%s; ' "${findings[@]}")correct that and run 'pulumi up' again; nothing was changed"
}

# ask_daemon DAEMON FILE: the program's own opinion.
ask_daemon() {
  local words
  case $1 in
  haproxy) words=$(haproxy -c -q -f "$2" 2>&1) || findings+=("HAProxy refuses what the settings make: $words") ;;
  keepalived) words=$(keepalived --config-test --use-file="$2" 2>&1) || findings+=("keepalived refuses what the settings make: $words") ;;
  esac
}

# ask_ports FILE: ports that HAProxy does not have yet are free, and addresses that it is to listen at are this machine's.
ask_ports() {
  local address port holder
  [ -e "$1" ] || return 0
  while IFS=: read -r address port; do
    ! grep -qxF "  bind $address:$port" "$(configuration_of haproxy)" 2>/dev/null || continue
    holder=$(ss -Hltnp sport = ":$port" | head -n 1)
    [ -z "$holder" ] || findings+=("port $port is taken here: found ${holder##* }, expected it free; see 'ss -ltnp sport = :$port'")
    [ -z "$address" ] || [ -n "$(ip -4 -o address show to "$address/32")" ] ||
      findings+=("endpoint.statistics.address: no interface of this machine has $address, expected one of its own")
  done < <(sed -n 's/^  bind \([0-9.]*:[0-9]*\)$/\1/p' "$1")
}
