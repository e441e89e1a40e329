# shellcheck shell=bash
# A control plane kept apart (controlPlane.isolation) takes what it was promised, or the machine is refused:
# pods that cannot be admitted would show as a control plane that does not start.

refuse_small_machine() {
  local cpus memory needed
  jq -e .isolation "$NODE_JSON" >/dev/null || return 0
  cpus=$(nproc)
  memory=$(awk '$1 == "MemTotal:" { print int($2 / 1024) }' "$ROOT/proc/meminfo")
  needed=$(node '.isolation | "\(.cpus) CPUs and \(.memoryMiB) MiB"')
  jq -e --argjson cpus "$cpus" --argjson memory "$memory" '.isolation | .cpus <= $cpus and .memoryMiB <= $memory' "$NODE_JSON" >/dev/null ||
    die size "this machine has $cpus CPUs and $memory MiB, controlPlane.isolation takes $needed; lower its figures, or take a larger machine"
}
