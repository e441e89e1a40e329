#!/usr/bin/env bash
# retire                       machines that the configuration no longer has leave the cluster
# On a member that stays, after everything that joins has joined and every machine has the new roster. Each step looks at
# what the cluster has then, so that the next run completes one that was cut.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../../boot/lib/role.sh
. "$BUNDLE/boot/lib/role.sh"
# shellcheck source=../lib/grant.sh
. "$BUNDLE/grant/lib/grant.sh"
# shellcheck source=/dev/null  # ../change/by-timer.sh, checked by itself
. "$BUNDLE/grant/change/by-timer.sh"
# shellcheck source=../membership/stale.sh
. "$BUNDLE/grant/membership/stale.sh"
# shellcheck source=../membership/retire.sh
. "$BUNDLE/grant/membership/retire.sh"
# shellcheck source=../membership/tell-to-leave.sh
. "$BUNDLE/grant/membership/tell-to-leave.sh"

granted_to_member retire
if machines_leave; then
  take_lock 1
  retire_members
  retire_nodes
  await retire "$DEADLINE" "the cluster to list its Nodes" know_nodes
fi
mark_nodes
tell_strangers
jq -n --arg name "$NAME" --argjson left "${#LEFT[@]}" '{$name, $left}' | publish
say retire "done" "$(if [ ${#LEFT[@]} -gt 0 ]; then echo "left: ${LEFT[*]}"; else echo "no machine has to leave"; fi)"
