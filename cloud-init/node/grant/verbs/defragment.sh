#!/usr/bin/env bash
# defragment                   gives this machine's etcd room, where there is need of it; what its timer asks for
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../../boot/lib/role.sh
. "$BUNDLE/boot/lib/role.sh"
# shellcheck source=../lib/grant.sh
. "$BUNDLE/grant/lib/grant.sh"
# shellcheck source=../lib/etcd.sh
. "$BUNDLE/grant/lib/etcd.sh"
# shellcheck source=../lib/cluster.sh
. "$BUNDLE/grant/lib/cluster.sh"
# shellcheck source=../membership/records.sh
. "$BUNDLE/grant/membership/records.sh"
# shellcheck source=../membership/join.sh
. "$BUNDLE/grant/membership/join.sh"
# shellcheck source=../lib/balancing.sh
. "$BUNDLE/grant/lib/balancing.sh"
# shellcheck source=/dev/null  # ../../health/health.sh, checked by itself: together they take shellcheck minutes
. "$BUNDLE/health/health.sh"
# shellcheck source=../receive/facts.sh
. "$BUNDLE/grant/receive/facts.sh"
# shellcheck source=../lib/versions.sh
. "$BUNDLE/grant/lib/versions.sh"
# shellcheck source=../../boot/lib/packages.sh
. "$BUNDLE/boot/lib/packages.sh"
# shellcheck source=/dev/null  # ../change/change.sh, checked by itself
. "$BUNDLE/grant/change/change.sh"
# shellcheck source=../change/defragment.sh
. "$BUNDLE/grant/change/defragment.sh"

granted defragment
whole || die defragment "this machine is no member of the cluster; expected one; run 'pulumi up' so that it becomes one first"
# A verb has the cluster's keys from its grant; here they are those of the machine.
ln -s "$PKI" "$WORK/pki"
# shellcheck disable=SC2034  # health.sh reads it
MEMBER_BEFORE=yes
if out_of_space; then
  make_space ||
    die space "etcd has used up its quota still; expected a tenth of it free; delete what fills it ('kubectl delete' still works) and run 'rackplane defragment-due' again, or raise etcd.quotaBytes and run 'pulumi up' (docs/etcd.md)"
elif goes_last; then
  say defragment "done" "this member leads etcd and goes last: it is left for the next hour"
elif fragmented "$ADDRESS"; then
  defragment_here
  let_go
fi
await defragment "$DEADLINE" "a quorum of etcd to answer" know_members
excuse_the_ill "$(<"$WORK/members")"
await_health
jq -n --arg name "$NAME" '{$name}' | publish
say defragment "done" "this machine is healthy"
