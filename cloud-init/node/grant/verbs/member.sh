#!/usr/bin/env bash
# member                       makes this machine a healthy member of the cluster whose keys the grant holds
# Create and update are the same: a member stays a member, any other machine joins. The next run completes one that was
# killed.
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
# shellcheck source=../membership/keys.sh
. "$BUNDLE/grant/membership/keys.sh"
# shellcheck source=../membership/cluster-keys.sh
. "$BUNDLE/grant/membership/cluster-keys.sh"
# shellcheck source=../membership/stale.sh
. "$BUNDLE/grant/membership/stale.sh"
# shellcheck source=../membership/start-over.sh
. "$BUNDLE/grant/membership/start-over.sh"
# shellcheck source=../membership/join.sh
. "$BUNDLE/grant/membership/join.sh"
# shellcheck source=../lib/balancing.sh
. "$BUNDLE/grant/lib/balancing.sh"
# shellcheck source=/dev/null  # ../../health/health.sh, checked by itself: together they take shellcheck minutes
. "$BUNDLE/health/health.sh"
# shellcheck source=../membership/encryption.sh
. "$BUNDLE/grant/membership/encryption.sh"
# shellcheck source=../receive/facts.sh
. "$BUNDLE/grant/receive/facts.sh"
# shellcheck source=../receive/previous.sh
. "$BUNDLE/grant/receive/previous.sh"
# shellcheck source=../membership/take-back.sh
. "$BUNDLE/grant/membership/take-back.sh"
# shellcheck source=../membership/cloud-provider.sh
. "$BUNDLE/grant/membership/cloud-provider.sh"
# shellcheck source=../membership/isolation.sh
. "$BUNDLE/grant/membership/isolation.sh"
# shellcheck source=../membership/judged.sh
. "$BUNDLE/grant/membership/judged.sh"
# shellcheck source=../lib/versions.sh
. "$BUNDLE/grant/lib/versions.sh"
# shellcheck source=../../boot/lib/packages.sh
. "$BUNDLE/boot/lib/packages.sh"
# shellcheck source=/dev/null  # ../change/change.sh, checked by itself
. "$BUNDLE/grant/change/change.sh"
# shellcheck source=../membership/ended.sh
. "$BUNDLE/grant/membership/ended.sh"
# shellcheck source=../membership/etcd-directory.sh
. "$BUNDLE/grant/membership/etcd-directory.sh"
# shellcheck source=../membership/leave-to-return.sh
. "$BUNDLE/grant/membership/leave-to-return.sh"

# The machine was a member before this verb began.
MEMBER_BEFORE=

# same_member: the etcd that runs here is the one that the cluster lists.
same_member() {
  local members entry own
  members=$(etcd_members) || {
    printf '%s\n' "$members"
    return 1
  }
  entry=$(etcd_entry "$members")
  own=$(etcd_own_id) || {
    echo "this machine's etcd does not answer; see 'crictl ps -a' and 'journalctl -u kubelet' on it"
    return 1
  }
  [ "${entry%%$'\t'*}" = "$own" ] || {
    echo "it runs as ${own}, the cluster lists ${entry%%$'\t'*}; replace the machine"
    return 1
  }
}

granted member
ENDINGS+=(take_back)
mend_manifests
mend_ended
end_without_quorum
use_cluster_keys
if is_member "$MEMBERS" && ! superseded; then
  say member start "already a member"
  # shellcheck disable=SC2034  # health.sh reads it
  MEMBER_BEFORE=yes
  mend_etcd
  await member "$DEADLINE" "this machine's own etcd to run as the member that the cluster lists" same_member
  leave_cloud
  mend_space
  follow_holds
  [ -n "$NO_SPACE" ] || change_machine
  excuse_the_ill "$MEMBERS"
  note_generation
else
  refuse_small_machine
  refuse_data_directory
  if is_member "$MEMBERS"; then leave_to_return "$MEMBERS"; fi
  fit_packages
  rejoin
  # Where the machine was a member before: its earlier Node was cordoned, the new one is not.
  rm -f "$CORDONED"
  return_to_balancers
  let_go
fi
await_health
say health "done" "API server ready, $VIP $(if announces; then echo announced; else echo answers; fi)"
member_result | publish
