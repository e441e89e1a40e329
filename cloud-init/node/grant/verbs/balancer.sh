#!/usr/bin/env bash
# balancer                     VIP and balancer on this machine follow the roster: a changed one is reloaded
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../../boot/lib/role.sh
. "$BUNDLE/boot/lib/role.sh"
# shellcheck source=../lib/grant.sh
. "$BUNDLE/grant/lib/grant.sh"
# shellcheck source=../lib/balancing.sh
. "$BUNDLE/grant/lib/balancing.sh"

# followed: each daemon runs by what the grant's roster, settings and secrets make. The announcer does it,
# which `receive` has restarted; it is the only one that writes here.
followed() {
  local daemon
  for daemon in $(daemons); do
    [ "$(render "$daemon")" = "$(cat "$(configuration_of "$daemon")" 2>/dev/null)" ] ||
      {
        echo "$(configuration_of "$daemon") is not of this roster yet"
        return 1
      }
    systemctl is-active --quiet "rackplane-$daemon.service" ||
      {
        echo "rackplane-$daemon.service does not run; see 'journalctl -u rackplane-$daemon' here"
        return 1
      }
    applied "$daemon" || {
      echo "$daemon has not taken up its configuration; see 'journalctl -u rackplane-announcer' here"
      return 1
    }
  done
}

granted balancer
balances || die balancer "$NODE_JSON says that this machine is no balancer; expected role balancer; run 'pulumi up'"
await balancer "$DEADLINE" "balancer and keepalived to run by this roster" followed
jq -n --arg name "$NAME" --slurpfile roster "$ROSTER_JSON" '{$name, servers: ($roster[0] | length)}' | publish
say balancer "done" "$(daemons | tr '\n' ' ')lead to $(jq length "$ROSTER_JSON") API servers"
