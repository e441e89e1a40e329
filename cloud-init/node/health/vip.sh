# shellcheck shell=bash
# shellcheck disable=SC2153  # VIP is that of the verb that asks
# Sourced after lib/cluster.sh and announced.sh.

# healthy_vip: a machine whose lo lacks the VIP drops the packets that the switches send it.
healthy_vip() {
  # `announced` says so. kube-vip runs only while this machine announces, BIRD always.
  if ! speaks || { speaks_by_bird && ! says_yes; }; then return 0; fi
  vip_here || {
    echo "$VIP on no interface, while this machine announces it"
    return 1
  }
}
