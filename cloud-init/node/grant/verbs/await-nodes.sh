#!/usr/bin/env bash
# await-nodes                  waits until every Node is Ready whose kubelet speaks; what is silent is named
# The pod network comes after the machines, so no machine's own verb can wait for its Node to be Ready.
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

# A machine that is off can never be Ready, and is not this run's doing: its Node's condition is Unknown. That of a Node
# whose kubelet has not spoken yet is, too.
ready() {
  local waiting
  kubectl --kubeconfig "$KUBERNETES/admin.conf" --request-timeout 20s get nodes -o json |
    jq -ce '[.items[] | (first(.status.conditions[]? | select(.type == "Ready")) // {}) as $ready | {
      name: .metadata.name,
      state: (if $ready.status == "True" then "ready"
        elif $ready.status == "Unknown" and $ready.reason != "NodeStatusNeverUpdated" then "silent" else "waiting" end),
      why: ($ready.message // "its kubelet has not spoken yet" | .[:200])}] | if . == [] then empty else . end' >"$found" ||
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

say nodes start "every Node is Ready"
await nodes "$(node .deadlines.member)" "every Node to be Ready; see 'journalctl -u kubelet' and the network's pod on each that is named" ready
say nodes "done" "$(jq -r '(map(select(.state == "ready")) | length) as $ready | (map(select(.state == "silent").name) | join(", ")) as $silent
  | "\($ready) of \(length) Nodes are Ready\(if $silent == "" then "" else "; not waited for, since their kubelets are silent: \($silent)" end)"' "$found")"
