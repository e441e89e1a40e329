# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # NAME is the grant's (lib/grant.sh)
# Ordinary pods leave a machine before it is changed, as their disruption budgets allow. Not by `kubectl drain`: a kubelet
# may evict the pods of its own Node and may not read the DaemonSets that `drain` asks for.
# Sourced after cluster-access.sh.

# The label of the pod by which a machine is told to leave (membership/tell-to-leave.sh).
LEAVE_LABEL=rackplane/leave

# Exists from when this program has cordoned the Node until it is taken back: a Node that a person cordoned stays so.
CORDONED=$STATE/cordoned
DRAIN_SECONDS=300
# What a person can do about pods that stay.
WAYS_ON="look at the disruption budget of what is named, delete what nothing makes anew, or have all of them go by 'kubectl drain --ignore-daemonsets --delete-emptydir-data --force --disable-eviction'; then run 'pulumi up' again"

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
  await drain "$seconds" "every ordinary pod to leave this machine; nothing was changed yet, and the Node takes pods again: look at the disruption budget of what is named, or give pods more time" drained "$NAME"
  say drain "done" "no ordinary pod is left"
}

# drain_wholly: before this machine is taken down, whatever may run on it otherwise.
drain_wholly() {
  say drain start "ordinary pods leave this machine, in at most $DRAIN_SECONDS s"
  ENDINGS+=(uncordon)
  await drain 60 "the Node $NAME to be cordoned" cordon
  await drain "$DRAIN_SECONDS" "every ordinary pod to leave this machine; nothing was changed yet, and the Node takes pods again: $WAYS_ON" drained "$NAME" wholly
  say drain "done" "no ordinary pod is left"
}

# drain_other NODE: the same of another machine, as an administrator. One that goes silent meanwhile has no pods any more
# that could be asked to leave.
drain_other() {
  say drain start "ordinary pods leave $1, in at most $DRAIN_SECONDS s"
  if [ "$(ask_cluster get node "$1" -o jsonpath='{.spec.unschedulable}')" != true ]; then
    OTHER_CORDONED=$1
    ENDINGS+=(uncordon_other)
  fi
  await drain 60 "the Node $1 to be cordoned" ask_cluster cordon "$1"
  await drain "$DRAIN_SECONDS" "every ordinary pod to leave $1; nothing was changed, and it takes pods again: $WAYS_ON" drained_or_silent "$1"
  OTHER_CORDONED=
  say drain "done" "no ordinary pod is left on $1"
}

# uncordon_other: where the verb has failed before the pods had left.
OTHER_CORDONED=
uncordon_other() {
  [ -z "$OTHER_CORDONED" ] || ask_cluster uncordon "$OTHER_CORDONED" >&2 ||
    say drain wait "the Node could not be uncordoned: run 'kubectl uncordon $OTHER_CORDONED', or 'pulumi up' again"
}

drained_or_silent() { drained "$1" wholly || ! ready_node "$1"; }

ready_node() { ask_cluster get node "$1" -o json | jq -e 'any(.status.conditions[]?; .type == "Ready" and .status == "True")' >/dev/null; }

cordon() {
  local found
  found=$(ask_cluster get node "$NAME" -o jsonpath='{.spec.unschedulable}') || return 1
  [ "$found" != true ] || return 0
  # First the record: a Node that is cordoned without it would stay so.
  : >"$CORDONED"
  sync "$CORDONED"
  ask_cluster patch node "$NAME" --patch '{"spec": {"unschedulable": true}}' >/dev/null
}

# drained NODE [wholly]: asks each pod that may leave to do so, and tells which are still there. Pods of a DaemonSet and of
# kubelet's own manifests stay, and so does a pod that nothing would make anew elsewhere: kubelet's restart leaves it
# running. Where the machine is taken down it would be lost, and only a person may decide that.
drained() {
  local pods namespace name leaving words refused=
  pods=$(ask_cluster get pods -A --field-selector "spec.nodeName=$1" -o json | jq -r --arg how "${2:-}" --arg told "$LEAVE_LABEL" '.items[]
    | select(.status.phase != "Succeeded" and .status.phase != "Failed")
    | (first(.metadata.ownerReferences[]? | select(.controller) | .kind) // "none") as $owner
    | select($owner | IN("DaemonSet", "Node") | not)
    | select($owner != "none" or ($how == "wholly" and (.metadata.labels // {} | has($told) | not)))
    | "\(.metadata.namespace) \(.metadata.name) \(if .metadata.deletionTimestamp then "leaves" elif $owner == "none" then "alone" else "" end)"') || return 1
  [ -n "$pods" ] || return 0
  while read -r namespace name leaving; do
    [ "$leaving" != alone ] || refused+="$namespace/$name: nothing would make it anew elsewhere; "
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
  # A machine that joins anew gets another Node.
  [ ! -e "$CORDONED" ] || [ -e "$JOINING" ] || uncordoned || say drain wait "the Node could not be uncordoned: run 'kubectl uncordon $NAME', or 'pulumi up' again"
}
