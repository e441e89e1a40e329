# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # OTHERS, ADDRESS and DEADLINE are the grant's (lib/grant.sh)
# A member that is replaced and keeps its name leaves in order: another machine serves at the endpoint, pods are elsewhere,
# another member leads etcd. What may refuse comes first. `rejoin`, which follows, removes its etcd member and its Node,
# and takes the machine down. Sourced after change/change.sh and membership/join.sh.

# shellcheck source=../change/hand-over-lead.sh
. "$BUNDLE/grant/change/hand-over-lead.sh"

# leave_to_return MEMBERS: this machine is a member of these.
leave_to_return() {
  say leave start "this machine is replaced: it is of generation $(joined_generation), $(wanted_generation) is asked for"
  refuse_lone_member "$1"
  await reach "$DEADLINE" "a ready API server that is not this machine's" sponsor
  refuse_other_version
  # Its own illness may be why it is replaced.
  # shellcheck disable=SC2034  # change.sh reads it
  SPARED=$(etcd_entry "$1" | cut -f1 | tr '\n' ' ')
  take_lock 1
  await_others
  hold_back
  drain_wholly
  leave_balancers
  # Pods may have taken minutes to leave.
  await_lock
  await_others
  hand_over_lead
  say leave "done" "nothing leads here any more"
}

# refuse_lone_member MEMBERS: its data would be lost with it.
refuse_lone_member() {
  local others
  others=$(awk -F'\t' -v own="$(etcd_entry "$1" | cut -f1)" '$1 != own && $4 == "voting"' <<<"$1")
  [ -n "$others" ] ||
    die leave "generation: found $(wanted_generation), expected $(joined_generation), as this machine is the only member of etcd and its data would be lost with it; nothing was changed; set it back, or add two control-plane machines, run 'pulumi up', and raise it then"
}
