#!/usr/bin/env bash
# join                         makes this machine a member of the cluster whose keys the grant holds, for the first time
# While the cluster is made, machines join side by side: etcd takes one learner at a time, and kubeadm waits for its turn.
# Later they join one after the other. Each is judged here, in the first case at the same time as the others; `member`, which follows on one machine after the other, need not do it again.
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
# shellcheck source=../lib/versions.sh
. "$BUNDLE/grant/lib/versions.sh"
# shellcheck source=../lib/balancing.sh
. "$BUNDLE/grant/lib/balancing.sh"
# shellcheck source=/dev/null  # ../../health/health.sh, checked by itself: together they take shellcheck minutes
. "$BUNDLE/health/health.sh"
# shellcheck source=../membership/encryption.sh
. "$BUNDLE/grant/membership/encryption.sh"
# shellcheck source=../membership/isolation.sh
. "$BUNDLE/grant/membership/isolation.sh"
# shellcheck source=../../boot/lib/packages.sh
. "$BUNDLE/boot/lib/packages.sh"
# shellcheck source=../receive/facts.sh
. "$BUNDLE/grant/receive/facts.sh"
# shellcheck source=../change/packages.sh
. "$BUNDLE/grant/change/packages.sh"
# shellcheck source=../membership/etcd-directory.sh
. "$BUNDLE/grant/membership/etcd-directory.sh"
# shellcheck source=../membership/judged.sh
. "$BUNDLE/grant/membership/judged.sh"

granted join
use_cluster_keys
if is_member "$MEMBERS"; then
  say join "done" "already a member"
else
  refuse_small_machine
  refuse_data_directory
  fit_packages
  rejoin
  # A learner is another machine that joins at this moment, and is not waited for.
  await health "$DEADLINE" "every voting etcd member to be healthy" healthy_voters
  await_health etcd
  [ -n "$OTHER_SETTINGS" ] || note_judgement
fi
member_result | publish
