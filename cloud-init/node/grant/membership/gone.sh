# shellcheck shell=bash
# shellcheck disable=SC2154  # GRANT is lib/grant.sh's
# etcd members of machines that the configuration no longer has go by ID, one after the other, each as jq/retire.jq decides
# on what a quorum lists at that moment. Sourced after membership/stale.sh.

# next_member all|dead|ID: jq/retire.jq's word on the members in $WORK/members.
next_member() {
  with_health "$(<"$WORK/members")" | jq -r --slurpfile grant "$GRANT" --arg only "$1" -f "$BUNDLE/grant/jq/retire.jq"
}

# A question that is lost, or a disk that is busy for seconds, makes no member dead. With the questions before and after it
# is a minute.
SILENT_SECONDS=${RACKPLANE_SILENT_SECONDS:-45}

# dead_indeed ID NAME ADDRESS: it has not answered for that long, and may still be removed as a dead one.
dead_indeed() {
  local deadline
  say retire wait "etcd member $(printf %x "$1") ($2 at $3) does not answer; it counts as dead when it has not for $SILENT_SECONDS s"
  tell_uptime
  deadline=$((UPTIME + SILENT_SECONDS * 1000000))
  while [ "$UPTIME" -lt "$deadline" ]; do
    ! etcd_healthy "$3" 2>/dev/null || return 1
    pause "${RACKPLANE_POLL:-1}"
    tell_uptime
  done
  know_members >/dev/null && [[ $(next_member "$1") == "dead $1 "* ]]
}

# remove_member ID NAME ADDRESS
remove_member() {
  say retire start "removing etcd member $(printf %x "$1") ($2 at $3), whose machine is no longer in the configuration"
  await retire 60 "etcd to remove member $(printf %x "$1"); it needs most of the others: see 'rackplane status' on them and run 'pulumi up' again" removed "$1"
}

# remove_dead: before a join, which kubeadm begins only when every voting member is healthy. Living members are left for
# `retire`, which comes when the new machines have joined.
remove_dead() {
  local word id name address
  while true; do
    await retire 60 "a quorum of etcd to answer" know_members
    word=$(next_member dead)
    [[ $word != "refuse "* ]] || die retire "${word#refuse }"
    [ -n "$word" ] || return 0
    read -r _ id name address <<<"$word"
    # Where it answers meanwhile, all is decided anew.
    dead_indeed "$id" "$name" "$address" || continue
    remove_member "$id" "$name" "$address"
  done
}
