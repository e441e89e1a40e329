# shellcheck shell=bash
# Sourced after containerd.sh and membership/records.sh.

healthy_kubelet() {
  local words
  # A machine that has not joined has no kubelet yet; `parts` says so.
  [ -e "$KUBERNETES/kubelet.conf" ] || return 0
  runs_unit kubelet || return 1
  words=$(curl -sS -f --noproxy '*' -m 5 -o /dev/null http://127.0.0.1:10248/healthz 2>&1) || {
    echo "kubelet runs and is not well: $words"
    return 1
  }
}
