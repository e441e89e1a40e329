#!/usr/bin/env bash
# restorable                   before a restore: this machine serves no cluster, and the others neither, as seen from here
# The request is on standard input: {generation, apiPort, etcdDirectory, others: [ADDRESS]}. Nothing changes. Every machine of
# the control plane is asked, so a cluster that lives is seen unless no machine can reach it.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../membership/records.sh
. "$BUNDLE/grant/membership/records.sh"
# shellcheck source=../membership/living.sh
. "$BUNDLE/grant/membership/living.sh"

request=$(cat)
API_PORT=$(jq -re .apiPort <<<"$request")
data=$ROOT$(jq -re .etcdDirectory <<<"$request")/member
# The others of a restore that was cut after it had begun.
if [ -s "$FORMED" ] && [ "$(jq -r '.restored // ""' "$FORMED")" = "$(jq -r .generation <<<"$request")" ]; then
  say restorable "done" "this machine was restored by this very wish"
  exit
fi
[ ! -e "$data" ] ||
  die restorable "${data#"$ROOT"} is here on $(uname -n): this machine has the data of a cluster; expected an empty one; take restore out of the stack file where the cluster is well; where this machine is what is left of a lost one, run 'kubeadm reset --force' on it, which takes its data away, and 'pulumi up' again; nothing was changed"
refuse_living "$(jq -r '.others | join(" ")' <<<"$request")"
say restorable "done" "nothing of a cluster is here, and no other machine serves one"
