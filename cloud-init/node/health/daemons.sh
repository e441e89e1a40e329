# shellcheck shell=bash
# Sourced after lib/balancing.sh and containerd.sh.

healthy_daemons() {
  local daemon
  for daemon in $(daemons); do runs_unit "rackplane-$daemon" || return 1; done
}
