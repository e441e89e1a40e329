# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # NAME, OTHERS and DEADLINE are the grant's (lib/grant.sh)
# A machine that the configuration no longer has is seen off: its pods leave, it is told to leave, its etcd member is removed
# and its Node deleted, and from outside nothing of the cluster answers there any more. One that is dead is not waited for.
# Sourced after membership/gone.sh, membership/tell-to-leave.sh and change/change.sh.

# Names of machines that have left in this run.
LEFT=()
# A Node with it is a machine of this cluster's configuration.
MACHINE_MARK=rackplane/machine
NODES=$WORK/nodes.json

know_nodes() { ask_cluster get nodes -o json >"$NODES"; }

# gone_nodes: NAME, address and yes or no (Ready) of each Node that is a machine of this cluster and does not stay.
gone_nodes() { jq -r --slurpfile grant "$GRANT" -f "$BUNDLE/grant/jq/gone-nodes.jq" "$NODES"; }

# machines_leave: there is a member or a Node of a machine that does not stay.
machines_leave() {
  await retire "$DEADLINE" "a quorum of etcd to answer" know_members
  await retire "$DEADLINE" "the cluster to list its Nodes" know_nodes
  [ -n "$(next_member all)$(gone_nodes)" ]
}

# retire_members: until none is left. What refuses a removal may pass by itself, where a machine starts for one.
retire_members() {
  local kind id name address
  while true; do
    await retire "$DEADLINE" "the next machine to be able to leave" may_leave all
    read -r kind id name address <"$WORK/next-member" || true
    [ -n "$kind" ] || return 0
    # Its removal makes the quorum safer, whatever becomes of its machine. Where it answers meanwhile, all is decided anew.
    if [ "$kind" = dead ]; then
      dead_indeed "$id" "$name" "$address" || continue
      remove_member "$id" "$name" "$address"
    fi
    see_off "$name" "$address"
    if [ "$kind" = living ]; then
      await retire "$DEADLINE" "$name to be able to leave" may_leave "$id"
      await_lock
      if [ -n "$(<"$WORK/next-member")" ]; then remove_member "$id" "$name" "$address"; fi
    fi
    forget "$name" "$address"
  done
}

# may_leave all|ID: leaves the decision in $WORK/next-member.
may_leave() {
  local word server
  know_members || return 1
  word=$(next_member "$1")
  printf '%s\n' "$word" >"$WORK/next-member"
  [[ $word != "refuse "* ]] || {
    printf '%s\n' "${word#refuse }"
    return 1
  }
  [[ $word == "living "* ]] || return 0
  for server in $OTHERS "$ADDRESS"; do
    api_ready "$server" || {
      echo "the API server at $server, which stays, is not ready"
      return 1
    }
  done
}

retire_nodes() {
  local name address
  await retire "$DEADLINE" "the cluster to list its Nodes" know_nodes
  while read -r -u 4 name address _; do
    see_off "$name" "$address"
    forget "$name" "$address"
  done 4< <(gone_nodes)
}

# see_off NAME ADDRESS: a machine that lives has no ordinary pod any more and is ready to leave.
SEEN_OFF=
see_off() {
  SEEN_OFF=
  await retire "$DEADLINE" "the cluster to list its Nodes" know_nodes
  grep -q "^$1 [^ ]* yes$" <<<"$(gone_nodes)" || return 0
  say retire start "$1 leaves the cluster"
  drain_other "$1"
  # A Node counts as Ready for most of a minute after its machine is gone.
  if ready_node "$1" && tell_to_leave "$1"; then SEEN_OFF=yes; fi
}

# stays NAME: as a worker, for instance, under the name of an etcd member that is not in the roster any more.
stays() { jq -e --arg name "$1" '.staying | index($name)' "$GRANT" >/dev/null; }

# forget NAME ADDRESS: its Node goes. What it says of itself is not believed: it is looked at from here.
forget() {
  local tries
  if stays "$1"; then
    say retire "done" "$1 at $2 is no member of etcd any more; the machine of that name stays"
    return 0
  fi
  # A learner that never started has no name.
  [ "$1" = - ] || await retire 60 "the Node $1 to be deleted" ask_cluster delete node "$1" --ignore-not-found
  [[ " ${LEFT[*]} " == *" $1 "* ]] || LEFT+=("$1")
  [ -n "$SEEN_OFF" ] || {
    say retire wait "$1 has left, and has not answered: its disk still has the cluster's keys; wipe it ('rackplane wipe $CLUSTER' on it) or destroy it"
    return 0
  }
  for ((tries = 0; tries < 60; tries++)); do
    if silent "$2"; then
      say retire "done" "$1 has left; nothing of the cluster answers at $2"
      return 0
    fi
    pause "${RACKPLANE_POLL:-2}"
  done
  say retire wait "$1 has left, and parts of Kubernetes still answer at $2: see 'journalctl -u rackplane-leave' on it, and wipe it ('rackplane wipe $CLUSTER' on it) or destroy it"
}

# silent ADDRESS: neither API server nor etcd nor kubelet accepts a connection there.
silent() {
  local port connected
  for port in "$API_PORT" 2379 10250; do
    connected=$(curl -sk --noproxy '*' -o /dev/null -m 2 --connect-timeout 1 -w '%{time_connect}' "https://$1:$port/" || true)
    [[ $connected != *[1-9]* ]] || return 1
  done
}

# mark_nodes: every machine that stays has the mark, so that its Node is known as one when it leaves.
mark_nodes() {
  local names=()
  mapfile -t names < <(jq -r --slurpfile grant "$GRANT" --arg mark "$MACHINE_MARK" '.items[].metadata
    | select(.annotations[$mark] == null) | .name | select(IN($grant[0].staying[]))' "$NODES")
  [ ${#names[@]} -eq 0 ] ||
    await retire 60 "the Nodes to be marked as machines of this cluster" ask_cluster annotate node --overwrite "${names[@]}" "$MACHINE_MARK=$CLUSTER"
}

# tell_strangers: Nodes that others have brought.
tell_strangers() {
  local names
  names=$(jq -r --slurpfile grant "$GRANT" '[.items[].metadata.name | select(IN($grant[0].staying[]) | not)] | join(", ")' "$NODES")
  [ -z "$names" ] || say retire wait "left alone, as they are no machines of this program: the Nodes $names"
}
