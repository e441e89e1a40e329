# shellcheck shell=bash

healthy_containerd() {
  local words
  runs_unit containerd || return 1
  words=$(timeout 5 ctr version 2>&1 >/dev/null) || {
    echo "containerd runs and does not answer: ${words:-silent for 5 s}"
    return 1
  }
}

# runs_unit UNIT: the service is active; when not, what it is.
runs_unit() {
  local state
  state=$(systemctl show -p ActiveState --value "$1" 2>/dev/null || true)
  [ "$state" = active ] || {
    echo "$1.service is ${state:-unknown}"
    return 1
  }
}
