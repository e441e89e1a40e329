# shellcheck shell=bash
# shellcheck disable=SC2154  # VIP is the grant's (lib/grant.sh)
# One of a pair of balancers gets other packages while the other one holds the VIP. `pulumi up` changes one after the other.
# Sourced after change/packages.sh, lib/held-back.sh, lib/cluster.sh and health/health.sh.

change_balancer() {
  local sentence
  sentence=$(due_packages)
  [ -n "$sentence" ] || return 0
  say change start "$sentence"
  prepare_packages
  if systemctl is-active --quiet rackplane-keepalived.service; then
    say change wait "this machine gives $VIP away while it is changed"
    ENDINGS+=(end_holding_back)
    begin_holding_back
    await change 60 "the other balancer to hold $VIP; nothing was changed here yet: bring it back first" held_elsewhere
  fi
  do_packages
  end_holding_back
}

held_elsewhere() {
  local word=
  read -r word _ <"$RUNDIR/announcing" || true
  if [ "$word" != no ] || vip_here; then
    echo "this machine still holds it"
    return 1
  fi
  healthy_one_holder
}
