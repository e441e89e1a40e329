# shellcheck shell=bash
# shellcheck disable=SC2153  # NAME and ADDRESS are the grant's (lib/grant.sh)
# A predecessor of this machine, or its own interrupted join, may have left an etcd member and a Node of its name in the
# cluster. Both are removed before anything is added or wiped. Each machine removes its own alone: that another machine
# is gone, and not just silent, no machine can tell.

# stale_entries MEMBERS: this machine's entries that may be removed, one a line: ID and what it is. Dies when one may not
# be (jq/stale.jq).
stale_entries() {
  local decision
  # Without an own entry nothing has to be decided, so no member has to be asked.
  [ -n "$(etcd_entry "$1")" ] || return 0
  decision=$(with_health "$1" | jq -r --arg name "$NAME" --arg address "$ADDRESS" -f "$BUNDLE/grant/jq/stale.jq")
  [[ $decision != "refuse "* ]] || die stale "${decision#refuse }"
  printf '%s\n' "$decision"
}

# with_health MEMBERS: the members as a list of JSON, each with whether it is healthy.
with_health() {
  local id name address role healthy
  while IFS=$'\t' read -r id name address role; do
    if etcd_healthy "$address" 2>/dev/null; then healthy=healthy; else healthy=ill; fi
    printf '%s\t%s\t%s\t%s\t%s\n' "$id" "$name" "$address" "$role" "$healthy"
  done <<<"$1" | jq -Rn '[inputs / "\t" | {id: .[0], name: .[1], address: .[2], role: .[3], healthy: (.[4] == "healthy")}]'
}

# remove_own_entries: afterwards a quorum has agreed that no member has this name or address. Until then this machine's
# data must stay: in a cluster of two it is half of the quorum.
remove_own_entries() {
  local entries id what
  await stale 60 "a quorum of etcd to answer" know_members
  entries=$(stale_entries "$(<"$WORK/members")")
  [ -n "$entries" ] || return 0
  while read -r id what; do
    say stale start "removing etcd member $(printf %x "$id") ($what), which this machine no longer is"
    await stale 60 "etcd to remove member $(printf %x "$id"); it needs most of the others: see 'rackplane status' on them and run 'pulumi up' again" removed "$id"
  done <<<"$entries"
  await stale 60 "etcd to have no member named $NAME or at $ADDRESS" no_own_entry
}

# removed ID: an answer may be lost, and of two machines that are replaced at once each may have the other's address of
# before: both remove both entries. So what counts is that the entry is gone.
removed() {
  local members words
  words=$(etcd_ask cluster/member/remove "{\"ID\": \"$1\"}") && return 0
  if members=$(etcd_members) && [ -n "$members" ] && ! cut -f1 <<<"$members" | grep -xF "$1" >/dev/null; then return 0; fi
  printf '%s\n' "$words"
  return 1
}

no_own_entry() {
  local members
  members=$(etcd_members) || {
    printf '%s\n' "$members"
    return 1
  }
  [ -z "$(etcd_entry "$members")" ]
}

# forget_node: kubeadm refuses to join under the name of a Node that is still Ready, and a Node stays Ready for most of
# a minute after its machine is gone.
forget_node() {
  kubectl --kubeconfig "$WORK/admin.conf" --request-timeout 20s delete node "$NAME" --ignore-not-found >&2
}
