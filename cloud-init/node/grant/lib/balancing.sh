# shellcheck shell=bash
# The configurations of the balancer and of keepalived on this machine (of BIRD: announcers/bird.sh), from node.json, roster.json, machine.json and
# secrets.json, and their services, which are reloaded when a configuration changes and never restarted.
# Sourced after common.sh and role.sh.

# Whether this machine may hold the VIP: 0 when it may (announcers/keepalived.sh).
FIT=$RUNDIR/fit
# Addresses of API servers that nginx leaves out, a JSON list (lib/readiness.sh).
UNREADY=$RUNDIR/unready.json
CONFIGURATIONS=$ROOT/etc/rackplane
ELECTORS=$RUNDIR/electors.json

# shellcheck source=vrrp-filter.sh
. "$BUNDLE/grant/lib/vrrp-filter.sh"
# shellcheck source=newcomer.sh
. "$BUNDLE/grant/lib/newcomer.sh"

configuration_of() { case $1 in haproxy) echo "$CONFIGURATIONS/haproxy.cfg" ;; *) echo "$CONFIGURATIONS/$1.conf" ;; esac }
daemons() { node '.announcer.balancer, "keepalived"'; }

# render DAEMON: its configuration on standard output.
render() {
  case $1 in
  haproxy)
    jq -r --slurpfile machine <(cat "$MACHINE_JSON" 2>/dev/null || echo '{}') --slurpfile roster "$ROSTER_JSON" \
      -f "$BUNDLE/grant/jq/haproxy.jq" "$NODE_JSON"
    ;;
  nginx) jq -r --slurpfile roster "$ROSTER_JSON" --argjson unready "$(cat "$UNREADY" 2>/dev/null || echo '[]')" -f "$BUNDLE/grant/jq/nginx.jq" "$NODE_JSON" ;;
  keepalived)
    jq -r --slurpfile machine "$MACHINE_JSON" --slurpfile roster "$ROSTER_JSON" --slurpfile secrets "$SECRETS_JSON" \
      --argjson earlier "$(earlier_electors)" --arg track "$FIT" -f "$BUNDLE/grant/jq/keepalived.jq" "$NODE_JSON"
    ;;
  esac
}

# earlier_electors: the addresses of all that took part in keepalived's election since this machine started, a JSON list.
# One that is out of the roster by now may be fit until it leaves the cluster: where it and the holder did not hear each
# other, both would hold the VIP.
earlier_electors() { cat "$ELECTORS" 2>/dev/null || echo '[]'; }

note_electors() { electors | jq -cRn --argjson earlier "$(earlier_electors)" '$earlier + [inputs] | unique' | place "$ELECTORS" 644; }

# configuration_inputs: a hash that changes when a configuration has to be rendered anew.
configuration_inputs() {
  # Not every machine has all of these files.
  { cat "$NODE_JSON" "$ROSTER_JSON" "$IDENTITY_JSON" "$SECRETS_JSON" 2>/dev/null || true; } | sha256sum
}

configure() {
  local daemon text
  FILTERED=
  note_electors || return 1
  for daemon in $(daemons); do
    text=$(render "$daemon") || return 1
    # keepalived's configuration holds the VRRP password.
    place "$(configuration_of "$daemon")" 600 <<<"$text" || return 1
  done
  apply
}

# apply: each daemon runs with its configuration, keepalived behind its filter. The hash of what it was last told is kept in /run: if this process
# ends before it has passed a change on, the next one does.
apply() {
  local daemon
  for daemon in $(daemons); do
    [ "$daemon" != keepalived ] || follow_filter || continue
    if ! systemctl is-active --quiet "rackplane-$daemon.service"; then
      tell_daemon start "$daemon"
    elif ! applied "$daemon"; then
      tell_daemon reload "$daemon"
    fi
  done
}

# applied DAEMON: the daemon runs with the configuration that is on disk.
applied() { [ "$(cat "$RUNDIR/applied-$1" 2>/dev/null)" = "$(sha256sum <"$(configuration_of "$1")")" ]; }

# tell_daemon start|reload DAEMON
tell_daemon() {
  local words hash
  hash=$(sha256sum <"$(configuration_of "$2")")
  if words=$(systemctl "$1" "rackplane-$2.service" 2>&1); then
    place "$RUNDIR/applied-$2" 600 <<<"$hash"
    say announce wait "$2: $1"
  else
    say announce wait "$2 did not $1: ${words:-no reason given}; see 'journalctl -u rackplane-$2'; tried again in a few seconds"
  fi
}
