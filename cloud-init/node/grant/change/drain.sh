# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # NAME is the grant's (lib/grant.sh)
# Ordinary pods leave a machine before it is changed, as their disruption budgets allow. Not by `kubectl drain`: a kubelet
# may evict the pods of its own Node and may not read the DaemonSets that `drain` asks for.
# Sourced after cluster-access.sh.

# Exists from when this program has cordoned the Node until it is taken back: a Node that a person cordoned stays so.
CORDONED=$STATE/cordoned
DRAIN_SECONDS=300

# drain_seconds: how long pods are given; 0: none is evicted. A worker's pool says it; of a control-plane machine pods
# leave where ordinary ones may run.
drain_seconds() {
  if [ "$(role)" = worker ]; then
    jq -r '.pool.drainSeconds // 0' "$GRANT"
  elif jq -e '.kubeadm.join.nodeRegistration.taints == []' "$GRANT" >/dev/null && [ -n "$OTHERS" ]; then
    echo "$DRAIN_SECONDS"
  else
    echo 0
  fi
}

drain() {
  local seconds
  seconds=$(drain_seconds)
  [ "$seconds" -gt 0 ] || return 0
  say drain start "ordinary pods leave this machine, in at most $seconds s"
  ENDINGS+=(uncordon)
  await drain 60 "the Node $NAME to be cordoned" cordon
  await drain "$seconds" "every ordinary pod to leave this machine; nothing was changed yet, and the Node takes pods again: look at the disruption budget of what is named, or give pods more time" drained
  say drain "done" "no ordinary pod is left"
}

cordon() {
  local found
  found=$(ask_cluster get node "$NAME" -o jsonpath='{.spec.unschedulable}') || return 1
  [ "$found" != true ] || return 0
  # First the record: a Node that is cordoned without it would stay so.
  : >"$CORDONED"
  sync "$CORDONED"
  ask_cluster patch node "$NAME" --patch '{"spec": {"unschedulable": true}}' >/dev/null
}

# drained: asks each pod that may leave to do so, and tells which are still here. Pods of a DaemonSet and of kubelet's own
# manifests stay, and so does a pod that nothing would make anew elsewhere: kubelet's restart leaves it running.
drained() {
  local pods namespace name leaving words refused=
  pods=$(ask_cluster get pods -A --field-selector "spec.nodeName=$NAME" -o json | jq -r '.items[]
    | select(.status.phase != "Succeeded" and .status.phase != "Failed")
    | select(any(.metadata.ownerReferences[]?; .controller and .kind != "DaemonSet" and .kind != "Node"))
    | "\(.metadata.namespace) \(.metadata.name) \(.metadata.deletionTimestamp // "")"') || return 1
  [ -n "$pods" ] || return 0
  while read -r namespace name leaving; do
    [ -z "$leaving" ] || continue
    words=$(jq -cn --arg name "$name" --arg namespace "$namespace" \
      '{apiVersion: "policy/v1", kind: "Eviction", metadata: {$name, $namespace}}' |
      ask_cluster create --raw "/api/v1/namespaces/$namespace/pods/$name/eviction" -f - 2>&1 >/dev/null) || refused+="$namespace/$name: $words; "
  done <<<"$pods"
  printf '%s\n' "still here: $(cut -d' ' -f1,2 <<<"$pods" | tr ' \n' '/ ')${refused:+; $refused}"
  return 1
}

# await_uncordoned: also where an earlier run was cut before it had uncordoned the Node.
await_uncordoned() {
  [ ! -e "$CORDONED" ] || await drain "$DEADLINE" "the Node to take pods again; 'kubectl uncordon $NAME' does the same, then run 'pulumi up' again" uncordoned
}

uncordoned() {
  ask_cluster patch node "$NAME" --patch '{"spec": {"unschedulable": null}}' >/dev/null || return 1
  rm -f "$CORDONED"
}

# uncordon: where the verb has failed.
uncordon() {
  [ ! -e "$CORDONED" ] || uncordoned || say drain wait "the Node could not be uncordoned: run 'kubectl uncordon $NAME', or 'pulumi up' again"
}
