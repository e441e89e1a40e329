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

granted publish-authorities
whole || die publish-authorities "this machine is no member of the cluster; expected one; run 'pulumi up' so that it becomes one first"
# A verb has the cluster's keys from its grant; here they are those of the machine.
ln -s "$PKI" "$WORK/pki"
STEP=$(jq -r .authorities.step "$GRANT")
await publish-authorities "$DEADLINE" "the ConfigMap cluster-info in kube-public to be written, for machines that join" tell_joiners
await publish-authorities "$DEADLINE" "the controller manager to write kube-root-ca.crt in every namespace" told_pods
# API servers add to it and take nothing away but what has ended (clusterauthenticationtrust, 1.31 to 1.37).
[ "$STEP" != forget ] || await publish-authorities "$DEADLINE" "extension-apiserver-authentication in kube-system to name no earlier authority" forget_in_extensions
await publish-authorities "$DEADLINE" "what runs in kube-system to be started anew" restart_own
jq -n --arg name "$NAME" '{$name}' | publish
say publish-authorities "done" "$(next_step "$STEP")"
