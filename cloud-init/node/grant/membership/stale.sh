# shellcheck shell=bash
# shellcheck disable=SC2153  # NAME and ADDRESS are the grant's (lib/grant.sh)
# A predecessor of this machine, or its own interrupted join, may have left an etcd member and a Node of its name in the
# cluster. Both are removed before anything is added or wiped.

# remove_own_entries: afterwards a quorum has agreed that no member has this name or address. Until then this machine's
# data must stay: in a cluster of two it is half of the quorum.
remove_own_entries() {
  local members entries id name address role
  members=$(etcd_members)
  entries=$(etcd_entry "$members")
  [ -n "$entries" ] || return 0
  while IFS=$'\t' read -r id name address role; do
    [ "$role" = learner ] || refuse_to_lose_quorum "$members"
    say stale start "removing etcd member $(printf %x "$id") ($name at $address, $role), which this machine no longer is"
    etcd_ask cluster/member/remove "{\"ID\": \"$id\"}" >/dev/null ||
      die stale "etcd did not remove member $(printf %x "$id"); expected every member but one to stay reachable; see 'rackplane status' on the others and run 'pulumi up' again"
  done <<<"$entries"
  await stale 60 "etcd to have no member named $NAME or at $ADDRESS" no_own_entry
}

no_own_entry() {
  local members
  members=$(etcd_members) || {
    printf '%s\n' "$members"
    return 1
  }
  [ -z "$(etcd_entry "$members")" ]
}

# refuse_to_lose_quorum MEMBERS: dies unless the healthy other members are a majority of all that remain.
refuse_to_lose_quorum() {
  local id name address role voting=0 healthy=0 ill=()
  while IFS=$'\t' read -r id name address role; do
    if [ "$role" = learner ] || [ -n "$(etcd_entry "$id"$'\t'"$name"$'\t'"$address")" ]; then continue; fi
    voting=$((voting + 1))
    if etcd_healthy "$address" 2>/dev/null; then healthy=$((healthy + 1)); else ill+=("$name at $address"); fi
  done <<<"$1"
  [ "$healthy" -gt $((voting / 2)) ] ||
    die stale "removing this machine's stale etcd member would leave $healthy healthy of $voting (not healthy: ${ill[*]:-none}); expected a majority; make those healthy first, or restore etcd from a snapshot"
}

# forget_node: kubeadm refuses to join under the name of a Node that is still Ready, and a Node stays Ready for most of
# a minute after its machine is gone.
forget_node() {
  kubectl --kubeconfig "$WORK/admin.conf" --request-timeout 20s delete node "$NAME" --ignore-not-found >&2
}
