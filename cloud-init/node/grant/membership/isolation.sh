# shellcheck shell=bash
# shellcheck disable=SC2153  # NAME is the grant's (lib/grant.sh)
# A control plane kept apart (controlPlane.isolation) takes what it was promised, or the machine is refused:
# pods that cannot be admitted would show as a control plane that does not start.

isolates() { jq -e .isolation "$NODE_JSON" >/dev/null; }

refuse_small_machine() {
  local cpus memory needed
  isolates || return 0
  cpus=$(nproc)
  memory=$(awk '$1 == "MemTotal:" { print int($2 / 1024) }' "$ROOT/proc/meminfo")
  needed=$(node '.isolation | "\(.cpus) CPUs and \(.memoryMiB) MiB"')
  jq -e --argjson cpus "$cpus" --argjson memory "$memory" '.isolation | .cpus <= $cpus and .memoryMiB <= $memory' "$NODE_JSON" >/dev/null ||
    die size "this machine has $cpus CPUs and $memory MiB, controlPlane.isolation takes $needed; lower its figures, or take a larger machine"
}

# await_isolation: waited for on a machine that has just joined. On one that was a member before time changes nothing,
# and its other settings, or another machine's join, must not wait for it.
await_isolation() {
  local words
  isolates || return 0
  if [ -z "${MEMBER_BEFORE:-}" ]; then
    condition "the control plane's pods on this machine to be kept apart (controlPlane.isolation)" kept_apart
  elif ! words=$(kept_apart); then
    say isolation wait "not as controlPlane.isolation says: $words"
  fi
}

# kept_apart: the pods and kubelet that run here are as controlPlane.isolation wants them, by their own account.
kept_apart() {
  local words
  as_admin -n kube-system get pods -l tier=control-plane --field-selector "spec.nodeName=$NAME" -o json >"$WORK/pods.json" || return 1
  as_admin get --raw "/api/v1/nodes/$NAME/proxy/configz" >"$WORK/configz.json" || return 1
  words=$(jq -nr --slurpfile node "$NODE_JSON" --slurpfile pods "$WORK/pods.json" --slurpfile kubelet "$WORK/configz.json" \
    --slurpfile cpus "$ROOT/var/lib/kubelet/cpu_manager_state" -f "$BUNDLE/grant/jq/isolation.jq") || return 1
  [ -z "$words" ] || {
    echo "${words//$'\n'/; }; a machine takes up controlPlane.isolation when it joins: one that joined before has to leave the cluster and join anew"
    return 1
  }
}

as_admin() { kubectl --kubeconfig "$KUBERNETES/admin.conf" --request-timeout 10s "$@"; }
