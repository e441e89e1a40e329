# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # ADDRESS and OTHERS are the grant's (lib/grant.sh)
# Another member leads etcd before this one stops answering: the cluster would wait for it, and then elect another one.
# Sourced after lib/etcd-space.sh.

# hand_over_lead: among the members in $WORK/members. Nothing where this one does not lead, or does not answer.
hand_over_lead() {
  local id name address role
  space_of "$ADDRESS" && [ -n "$LEADS" ] && [ -n "$OTHERS" ] || return 0
  while IFS=$'\t' read -r id name address role; do
    if [ "$address" = "$ADDRESS" ] || [ "$role" != voting ]; then continue; fi
    say lead wait "$name leads etcd from now on"
    etcd_call "$ADDRESS" maintenance/transfer-leadership "{\"targetID\": \"$id\"}" >/dev/null || continue
    await lead 30 "another member of etcd to lead; nothing was changed" leads_not
    return
  done <"$WORK/members"
  die lead "no other member of etcd takes the lead; expected one; nothing was changed; see 'rackplane status'"
}

leads_not() { space_of "$ADDRESS" && [ -z "$LEADS" ]; }
