# shellcheck shell=bash
# shellcheck disable=SC2153  # ADDRESS and VIP are those of the verb that asks
# Sourced after lib/cluster.sh.

# healthy_one_holder: of all machines on the VIP's network exactly one has it. The others are asked by ARP, so a machine
# that only believes that it holds the VIP, or that holds it beside another, is seen.
healthy_one_holder() {
  local device words holders=()
  device=$(node '.announcer.interface // empty' 2>/dev/null || machine .interface) || return 1
  words=$(perl "$BUNDLE/health/who-has.pl" "$device" "$ADDRESS" "$VIP" 2>&1) || {
    echo "$words"
    return 1
  }
  [ -z "$words" ] || mapfile -t holders <<<"$words"
  ! vip_here || holders+=("this machine")
  case ${#holders[@]} in
  1) ;;
  0)
    echo "no machine on the network of $device answers for $VIP"
    return 1
    ;;
  *)
    echo "${#holders[@]} machines have $VIP: $(printf '%s, ' "${holders[@]}")which do not hear each other"
    return 1
    ;;
  esac
}
