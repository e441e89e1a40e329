#!/usr/bin/env bash
# nodes                        the Nodes of a pool of workers get the labels and taints of the grant
# On a control-plane machine: a worker's kubelet may set neither taints nor all labels of its own Node. What an earlier run
# has set and the grant no longer has is taken away; what came from elsewhere stays.
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

# follow_pool NODE: nothing is sent where nothing differs. With the Node's version, so that another one's change fails it.
follow_pool() {
  local node patch
  node=$(ask_cluster get node "$1" --ignore-not-found -o json) || return 1
  [ -n "$node" ] || {
    echo "$1" >>"$WORK/without-node"
    return 0
  }
  patch=$(jq -c --slurpfile grant "$GRANT" -f "$BUNDLE/grant/jq/pool-node.jq" <<<"$node")
  [ -z "$patch" ] || ask_cluster patch node "$1" --type merge --patch "$patch" >&2
}

granted_to_member nodes
while IFS= read -r name; do
  await nodes "$DEADLINE" "the Node $name to get its pool's labels and taints" follow_pool "$name"
done < <(jq -r '.nodes.names[]' "$GRANT")
while IFS= read -r name; do
  say nodes wait "$name has no Node; it gets the labels and taints when it joins"
done < <(cat "$WORK/without-node" 2>/dev/null)
jq -n --arg name "$NAME" '{$name}' | publish
say nodes "done" "labels and taints are the pool's"
