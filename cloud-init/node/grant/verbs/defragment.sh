#!/usr/bin/env bash
# defragment                   gives this machine's etcd room, where there is need of it; what its timer asks for
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../../boot/lib/role.sh
. "$BUNDLE/boot/lib/role.sh"
# shellcheck source=../lib/grant.sh
. "$BUNDLE/grant/lib/grant.sh"
# shellcheck source=/dev/null  # ../change/by-timer.sh, checked by itself
. "$BUNDLE/grant/change/by-timer.sh"
# shellcheck source=../change/defragment.sh
. "$BUNDLE/grant/change/defragment.sh"

granted_to_member defragment
if out_of_space; then
  make_space ||
    die space "etcd has used up its quota still; expected a tenth of it free; delete what fills it ('kubectl delete' still works) and run 'rackplane defragment-due' again, or raise etcd.quotaBytes and run 'pulumi up' (docs/etcd.md)"
elif goes_last; then
  say defragment "done" "this member leads etcd and goes last: it is left for the next hour"
elif fragmented "$ADDRESS"; then
  defragment_here
  let_go
fi
judge_member defragment
say defragment "done" "this machine is healthy"
