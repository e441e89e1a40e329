# shellcheck shell=bash
# The process of kube-vip on this machine, for the announcer that ends it and for whoever judges the machine.
# Sourced after common.sh.

# kube_vip_pids VIP: the kube-vip that holds this endpoint; another one, for Services, is none of ours.
kube_vip_pids() {
  local pid
  for pid in $(pidof kube-vip); do
    # Not grep -q: it ends at the first match, and tr would then fail.
    ! tr '\0' '\n' 2>/dev/null <"$ROOT/proc/$pid/environ" | grep -xF "address=$1" >/dev/null || printf '%s ' "$pid"
  done
}
