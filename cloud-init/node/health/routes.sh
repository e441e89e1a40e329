# shellcheck shell=bash
# Sourced after announced.sh and boot/lib/peer-routes.sh.

healthy_routes() {
  local peer gateway words=() way
  gateway=$(machine '.gateway // empty' 2>/dev/null || true)
  for peer in $(peers); do
    way=$(ip route get "$peer" 2>&1 | head -n 1)
    # Only a platform tells the gateway; elsewhere any way out of this machine may be right.
    if [ -n "$gateway" ]; then
      routed "$peer" 2>/dev/null || words+=("$peer is reached by '${way%% uid*}', not via $gateway")
    else
      [[ $way == *" dev "* && $way != local* && $way != *" dev lo "* ]] || words+=("$peer is not reached: '$way'")
    fi
  done
  [ ${#words[@]} -eq 0 ] || {
    (
      IFS=,
      echo "${words[*]//,/ }"
    )
    return 1
  }
}
