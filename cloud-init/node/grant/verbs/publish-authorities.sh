#!/usr/bin/env bash
# publish-authorities          after the members: the cluster's documents and pods trust what the members trust
# For machines that join (cluster-info), pods (kube-root-ca.crt, which the controller manager writes), and, at the end,
# for what asks the cluster whom to trust. What this program or kubeadm installed is started anew, where it trusts others.
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
# shellcheck source=../change/cluster-access.sh
. "$BUNDLE/grant/change/cluster-access.sh"
# shellcheck source=../membership/authorities-told.sh
. "$BUNDLE/grant/membership/authorities-told.sh"

granted_to_member publish-authorities
STEP=$(jq -r .authorities.step "$GRANT")
await_joiners
await publish-authorities "$DEADLINE" "the controller manager to write kube-root-ca.crt in every namespace" told_pods
[ "$STEP" != forget ] || await_extensions
await publish-authorities "$DEADLINE" "what runs in kube-system to be started anew" restart_own
jq -n --arg name "$NAME" '{$name}' | publish
say publish-authorities "done" "$(next_step "$STEP")"
