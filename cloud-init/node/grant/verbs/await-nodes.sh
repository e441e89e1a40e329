#!/usr/bin/env bash
# await-nodes                  waits until every Node is Ready whose kubelet speaks; what is silent is named
# The pod network comes after the machines, so no machine's own verb can wait for its Node to be Ready. Where a person
# brings it later, Nodes that wait for nothing else are not waited for.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../membership/records.sh
. "$BUNDLE/grant/membership/records.sh"

[ -e "$KUBERNETES/admin.conf" ] ||
  die nodes "$KUBERNETES/admin.conf is missing: this machine is no member of the cluster; expected one; run 'rackplane await-nodes' on one that is"
mkdir -p "$RUNDIR"
found=$(mktemp "$RUNDIR/nodes.XXXXXX")
trap 'rm -f "$found"' EXIT

# The start-up taint of a kubelet that waits for a cloud controller: no ordinary pod runs there until it is taken away.
START_UP=node.cloudprovider.kubernetes.io/uninitialized

# A machine that is off can never be Ready, and is not this run's doing: its Node's condition is Unknown. That of a Node
# whose kubelet has not spoken yet is, too.
settled() {
  local waiting
  kubectl --kubeconfig "$KUBERNETES/admin.conf" --request-timeout 20s get nodes -o json |
    jq -ce --arg network "$network" --arg taint "$START_UP" '[.items[] | (first(.status.conditions[]? | select(.type == "Ready")) // {}) as $ready
      | ($ready.status == "True") as $well
      | ($network == "none" and ($ready.message // "" | startswith("container runtime network not ready"))) as $bare
      | (($well or $bare) and any(.spec.taints[]?; .key == $taint)) as $unknown | {
      name: .metadata.name,
      state: (if $ready.status == "Unknown" and $ready.reason != "NodeStatusNeverUpdated" then "silent"
        elif $unknown then "waiting" elif $well then "ready" elif $bare then "registered" else "waiting" end),
      why: (if $unknown then "the cloud controller has not found its machine (taint \($taint)); the log of its pod in kube-system says why"
        else $ready.message // "its kubelet has not spoken yet" end | .[:200])}] | if . == [] then empty else . end' >"$found" ||
    {
      echo "the API server lists no Node"
      return 1
    }
  waiting=$(jq -r '.[] | select(.state == "waiting") | "\(.name): \(.why)"' "$found")
  [ -z "$waiting" ] || {
    printf '%s\n' "$waiting"
    return 1
  }
}

network=$(node '.network.kind // "flannel"')
if [ "$network" = none ]; then wanted="registered"; else wanted="Ready"; fi
say nodes start "every Node is $wanted"
await nodes "$(node .deadlines.member)" "every Node to be $wanted; see 'journalctl -u kubelet', the network's pod on each that is named and, if there is one, the cloud controller's" settled
# Which Nodes are in a state, by name.
those() { jq -r --arg state "$1" 'map(select(.state == $state).name) | join(", ")' "$found"; }
silent=$(those silent)
registered=$(those registered)
say nodes "done" "$(jq -r '"\(map(select(.state == "ready")) | length) of \(length) Nodes are Ready"' "$found")${silent:+; not waited for, since their kubelets are silent: $silent}${registered:+; no pod network (network.kind none), without which these are not Ready and CoreDNS does not start: $registered. Install one, for instance with 'kubectl apply'}"
