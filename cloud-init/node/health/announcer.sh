# shellcheck shell=bash
# Sourced after containerd.sh.

healthy_announcer() {
  local pid state
  runs_unit rackplane-announcer || return 1
  pid=$(systemctl show -p MainPID --value rackplane-announcer 2>/dev/null || true)
  state=$(awk '$1 == "State:" { print $2 }' "$ROOT/proc/$pid/status" 2>/dev/null || true)
  [ "$state" != T ] || {
    echo "rackplane-announcer.service is stopped where it stands (its process $pid)"
    return 1
  }
}
