#!/usr/bin/env bash
# worker                       makes this machine a worker of the cluster that its invitation is from
# Create and update are the same: a worker stays a worker, any other machine joins. The next run completes one that was
# killed.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../../boot/lib/role.sh
. "$BUNDLE/boot/lib/role.sh"
# shellcheck source=../lib/grant.sh
. "$BUNDLE/grant/lib/grant.sh"
# shellcheck source=../lib/cluster.sh
. "$BUNDLE/grant/lib/cluster.sh"
# shellcheck source=../membership/records.sh
. "$BUNDLE/grant/membership/records.sh"
# shellcheck source=../membership/start-over.sh
. "$BUNDLE/grant/membership/start-over.sh"
# shellcheck source=../membership/worker.sh
. "$BUNDLE/grant/membership/worker.sh"
# shellcheck source=../lib/etcd.sh
. "$BUNDLE/grant/lib/etcd.sh"
# shellcheck source=../receive/facts.sh
. "$BUNDLE/grant/receive/facts.sh"
# shellcheck source=../receive/previous.sh
. "$BUNDLE/grant/receive/previous.sh"
# shellcheck source=../membership/cloud-provider.sh
. "$BUNDLE/grant/membership/cloud-provider.sh"
# shellcheck source=../membership/take-back.sh
. "$BUNDLE/grant/membership/take-back.sh"
# shellcheck source=../lib/balancing.sh
. "$BUNDLE/grant/lib/balancing.sh"
# shellcheck source=../lib/local-balancer.sh
. "$BUNDLE/grant/lib/local-balancer.sh"
# shellcheck source=/dev/null  # ../../health/health.sh, checked by itself: together they take shellcheck minutes
. "$BUNDLE/health/health.sh"
# shellcheck source=../lib/versions.sh
. "$BUNDLE/grant/lib/versions.sh"
# shellcheck source=../../boot/lib/packages.sh
. "$BUNDLE/boot/lib/packages.sh"
# shellcheck source=/dev/null  # ../change/change.sh, checked by itself
. "$BUNDLE/grant/change/change.sh"

granted worker
ENDINGS+=(take_back)
refuse_control_plane
refuse_other_cluster
# A worker that is to announce Services only since its last boot has not looked for its neighbours yet.
if metadata_peers; then
  for step in bgp-neighbors peer-routes; do bash "$BUNDLE/boot/steps/$step.sh" >&2; done
fi
if joined && ! superseded; then
  say worker start "already a worker"
  systemctl start kubelet >&2 || true
  follow_local_balancer
  await_condition node
  leave_cloud
  follow_holds
  change_machine
  note_generation
else
  if joined; then
    say leave start "this machine is replaced: it is of generation $(joined_generation), $(wanted_generation) is asked for"
    # The verb `mint`, which has made the invitation, has seen to its pods.
    await leave $((DEADLINE < 60 ? DEADLINE : 60)) "the cluster to know the invitation; nothing was changed here: run 'pulumi up --replace' with the URN of this machine's -invite resource" known_invitation
  fi
  # kubeadm and the kubelet's bootstrap go by it already.
  follow_local_balancer
  fit_packages
  join_as_worker
  change_machine authorities
fi
await_health
jq -n --arg name "$NAME" '{$name}' | publish
say worker "done" "$NAME is a worker of $CLUSTER"
