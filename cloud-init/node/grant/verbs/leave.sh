#!/usr/bin/env bash
# leave TOKEN ADDRESS...       what 'retire' on a neighbour starts here: this machine leaves the cluster and wipes itself
# ADDRESS: members that stay. It answers at its Node with TOKEN. What serves here goes elsewhere first; then the neighbour
# removes its etcd member, or its Node, and only when a quorum says so the machine takes itself down.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../../boot/lib/role.sh
. "$BUNDLE/boot/lib/role.sh"
# shellcheck source=../lib/grant.sh
. "$BUNDLE/grant/lib/grant.sh"
# shellcheck source=/dev/null  # ../change/by-timer.sh, checked by itself
. "$BUNDLE/grant/change/by-timer.sh"
# shellcheck source=../change/hand-over-lead.sh
. "$BUNDLE/grant/change/hand-over-lead.sh"
# shellcheck source=../lib/timers.sh
. "$BUNDLE/grant/lib/timers.sh"
# shellcheck source=../wipe/services.sh
. "$BUNDLE/grant/wipe/services.sh"
# shellcheck source=../membership/leave.sh
. "$BUNDLE/grant/membership/leave.sh"

main() {
  [ $# -ge 2 ] || {
    echo "usage: rackplane leave TOKEN ADDRESS...; a machine leaves when it is taken out of the configuration: run 'pulumi up'" >&2
    exit 64
  }
  TOKEN=$1
  compose_grant "${@:2}"
  # They hold this machine's lock while they wait for the cluster's, which the neighbour has. A machine that stays has them again.
  ENDINGS+=(follow_timers)
  stop_timers
  granted leave
  use_own_keys
  ENDINGS+=(answer_failure)
  answer begun
  if [ "$(role)" = control-plane ] && whole; then withdraw_for_good; fi
  answer ready
  await leave 900 "the neighbour to take this machine out of the cluster; it stays a part of it and serves again: run 'pulumi up' again" taken_out
  say leave "done" "this machine is no part of the cluster any more"
  # What is held back stays so: the descriptor of its lock goes along.
  exec bash "$BUNDLE/bin/rackplane" wipe "$CLUSTER"
}

main "$@"
exit
