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
# shellcheck source=../lib/cluster.sh
. "$BUNDLE/grant/lib/cluster.sh"
# shellcheck source=../lib/held-back.sh
. "$BUNDLE/grant/lib/held-back.sh"
# shellcheck source=../membership/records.sh
. "$BUNDLE/grant/membership/records.sh"
# shellcheck source=../receive/facts.sh
. "$BUNDLE/grant/receive/facts.sh"
# shellcheck source=../receive/previous.sh
. "$BUNDLE/grant/receive/previous.sh"
# shellcheck source=../membership/take-back.sh
. "$BUNDLE/grant/membership/take-back.sh"
# shellcheck source=/dev/null  # ../../health/health.sh, checked by itself: together they take shellcheck minutes
. "$BUNDLE/health/health.sh"
# shellcheck source=../../boot/lib/packages.sh
. "$BUNDLE/boot/lib/packages.sh"
# shellcheck source=../change/packages.sh
. "$BUNDLE/grant/change/packages.sh"
# shellcheck source=../membership/balancer-packages.sh
. "$BUNDLE/grant/membership/balancer-packages.sh"

granted balancer
ENDINGS+=(take_back)
balances || die balancer "$NODE_JSON says that this machine is no balancer; expected role balancer; run 'pulumi up'"
follow_holds
change_balancer
# No other condition is awaited: before the cluster is formed there is nothing to announce.
await_condition balancer
jq -n --arg name "$NAME" --slurpfile roster "$ROSTER_JSON" '{$name, servers: ($roster[0] | length)}' | publish
say balancer "done" "$(daemons | tr '\n' ' ')lead to $(jq length "$ROSTER_JSON") API servers"
