# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # NAME, ADDRESS and OTHERS are the grant's (lib/grant.sh)
# A member gives back to its disk what compaction has left free in its database. It answers nothing meanwhile, so another
# machine serves the endpoint, and another member leads. Sourced after change.sh, whose changes hold it back.

# shellcheck source=hand-over-lead.sh
. "$BUNDLE/grant/change/hand-over-lead.sh"

# {timer, freePercent, leastBytes}, from the last grant that made this machine a member.
terms_of_defragmentation() {
  local found='{}'
  [ ! -s "$DEFRAGMENTATION_JSON" ] || found=$(<"$DEFRAGMENTATION_JSON")
  jq -r '"\(.freePercent // 45) \(.leastBytes // 104857600)"' <<<"$found"
}

# fragmented ADDRESS: so much of that member's database is free that it is worth it. Sets what space_of sets.
fragmented() {
  local percent least
  read -r percent least < <(terms_of_defragmentation)
  space_of "$1" && [ "$SIZE" -ge "$least" ] && [ $(((SIZE - IN_USE) * 100)) -ge $((SIZE * percent)) ]
}

# goes_last: this member leads, and another one is still to be defragmented.
goes_last() {
  local address
  space_of "$ADDRESS" && [ -n "$LEADS" ] || return 1
  for address in $OTHERS; do
    if fragmented "$address"; then return 0; fi
  done
  return 1
}

# defragment_here: under the cluster's lock, with every other member healthy.
defragment_here() {
  local before free
  take_lock 1
  await_others
  room_for_copy
  hold_back
  leave_balancers
  # Another machine may have taken minutes to hold the VIP.
  await_lock
  await_others
  hand_over_lead
  space_of "$ADDRESS"
  before=$SIZE
  say defragment wait "etcd here has $(mib "$SIZE"), $(mib $((SIZE - IN_USE))) of them free"
  defragment_at "$ADDRESS" ||
    die defragment "etcd here was not defragmented; its database is as it was; expected room for a second copy of it: see 'df ${ETCD_HOME#"$ROOT"}', and 'crictl logs' of etcd"
  await defragment "$DEADLINE" "every member of etcd to be healthy" every_member_healthy
  return_to_balancers
  space_of "$ADDRESS" || SIZE=$before
  free=$((before - SIZE))
  say defragment "done" "$(mib "$free") are given back, etcd's database has $(mib "$SIZE")"
}

# room_for_copy: the pages in use are written to a second file beside the first, which is then exchanged.
room_for_copy() {
  local free
  space_of "$ADDRESS" || return 0
  free=$(df -Pk "$ETCD_HOME" | awk 'NR == 2 { print $4 }')
  [ $((free * 1024)) -gt $((IN_USE + IN_USE / 10)) ] ||
    die defragment "${ETCD_HOME#"$ROOT"} has $free KiB free, expected $((IN_USE * 11 / 10240)) or more for a second copy of etcd's database; make room on that disk; nothing was changed"
}
