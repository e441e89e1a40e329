# shellcheck shell=bash
# shellcheck disable=SC2154  # GRANT is lib/grant.sh's, WORK common.sh's, worker the verb's
# The Node of the worker that is invited: what it tells of an earlier machine of that name, and its end.
# Sourced after change/cluster-access.sh and change/drain.sh.

# shellcheck source=a-worker.sh
. "$BUNDLE/grant/membership/a-worker.sh"

# know_worker: $WORK/worker.json is the Node of that name; empty where there is none.
know_worker() { ask_cluster get node "$worker" --ignore-not-found -o json >"$WORK/worker.json"; }

# generations: by which the Node's machine has joined, and by which it is invited.
generations() {
  jq -r '.metadata.labels["rackplane/generation"] // "0"' "$WORK/worker.json"
  jq -r '.generation // 0' "$GRANT"
}

# refuse_control_plane_machine: its Node's end would not be its own: it holds the cluster's keys and a vote of etcd's.
refuse_control_plane_machine() {
  ! jq -e '.metadata.labels // {} | has("node-role.kubernetes.io/control-plane")' "$WORK/worker.json" >/dev/null ||
    die mint "$worker is a control-plane machine of this cluster; $A_WORKER"
}

# refuse_lower_generation: by a lower number a worker stays as it is, and so must its Node. It is invited anew all the same
# where a person has taken the number back.
refuse_lower_generation() {
  local joined wanted
  { read -r joined && read -r wanted; } < <(generations)
  [ "$joined" -le "$wanted" ] ||
    die mint "generations: found $wanted for $worker, expected $joined, by which it has joined, or more, as a generation only goes up; nothing was changed; set it back and run 'pulumi up' again"
}

# replaced_worker: the worker runs, and joined by a lower generation than it is invited by.
replaced_worker() {
  local joined wanted
  { read -r joined && read -r wanted; } < <(generations) && [ "$joined" -lt "$wanted" ] &&
    jq -e 'any(.status.conditions[]?; .type == "Ready" and .status == "True")' "$WORK/worker.json" >/dev/null
}

# kubeadm refuses to join under the name of a Node that is still Ready, and a Node stays Ready for most of a minute
# after its machine is gone. An old Node would also keep its old labels and taints.
forget_worker() {
  kubectl --kubeconfig "$WORK/admin.conf" --request-timeout 20s delete node "$worker" --ignore-not-found >&2
}

# see_off_worker: what is left of an earlier machine goes. By a higher generation that machine runs and is to leave.
see_off_worker() {
  await mint 60 "the cluster to tell by which generation $worker has joined" know_worker
  if [ -s "$WORK/worker.json" ]; then
    refuse_control_plane_machine
    refuse_lower_generation
    if replaced_worker; then
      # Pods of a Node that is gone are ended without a word. One machine at a time: they need another one to go to.
      take_lock 1
      drain_other "$worker"
    fi
  fi
  await mint 60 "the Node $worker of an earlier machine to be deleted" forget_worker
}
