#!/usr/bin/env bash
# defragment-due [timer]       runs 'defragment' on this machine, where its etcd needs room: once an hour, or by hand
# A quota that is used up is one member's to mend where nobody asks for it by hand: the leader's.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../lib/asking.sh
. "$BUNDLE/grant/lib/asking.sh"
# shellcheck source=../receive/facts.sh
. "$BUNDLE/grant/receive/facts.sh"
# shellcheck source=../lib/etcd-space.sh
. "$BUNDLE/grant/lib/etcd-space.sh"
# shellcheck source=../change/defragment.sh
. "$BUNDLE/grant/change/defragment.sh"

whole || die defragment-due "this machine is no member of the cluster; expected one; 'systemctl disable --now rackplane-defragment-due.timer' turns the timer off"
if out_of_space; then
  space_of "$ADDRESS" || die defragment-due "etcd here does not answer; see 'crictl ps -a --name etcd'"
  [ "${1:-}" != timer ] || [ -n "$LEADS" ] || exit 0
else
  fragmented "$ADDRESS" || exit 0
fi
# By `receive`, so that no other verb runs at the same time.
jq -cn --arg name "$NAME" --arg address "$ADDRESS" '{verb: "defragment", machine: {$name, $address}}' |
  bash "$BUNDLE/bin/rackplane" receive
