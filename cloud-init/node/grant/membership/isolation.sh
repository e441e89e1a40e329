# shellcheck shell=bash
# shellcheck disable=SC2153  # NAME is the grant's (lib/grant.sh)
# A machine that is too small for controlPlane.isolation is refused: kubelet would not admit the control plane's pods,
# which would look like a control plane that does not start.

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
