# shellcheck shell=bash
# shellcheck disable=SC2153  # VIP is that of the verb that asks
# Sourced after lib/cluster.sh and announced.sh.

# healthy_vip: a machine whose lo lacks the VIP drops the packets that the switches send it.
healthy_vip() {
  speaks || return 0 # `announced` says so
  vip_here || {
    echo "$VIP on no interface, while what announces it runs"
    return 1
  }
}
