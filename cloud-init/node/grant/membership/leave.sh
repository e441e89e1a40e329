# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # NAME, ADDRESS, TOKEN and OTHERS are the verb's
# A machine that was told to leave. Sourced after change/by-timer.sh.

# compose_grant ADDRESS...: as for a verb with a grant, from what this machine knows; the members that stay come first, since
# its own roster may be of machines that have left.
compose_grant() {
  GRANT=$RUNDIR/leave.json
  jq -n --slurpfile node "$NODE_JSON" --slurpfile machine "$MACHINE_JSON" --slurpfile roster "$ROSTER_JSON" \
    --slurpfile kubeadm <(cat "$KUBEADM_JSON" 2>/dev/null || echo '{}') --arg host "$(uname -n)" '
    ($host | split(".")[0]) as $name
    | {verb: "leave", node: $node[0], kubeadm: $kubeadm[0], machine: {name: $name, address: $machine[0].address},
      roster: ([$ARGS.positional[] | {name: "stays-\(.)", address: .}]
        + [$roster[0][] | select(.address | IN($ARGS.positional[]) | not)])}' --args "$@" | place "$GRANT" 600
}

# answer WORD: at this machine's Node.
answer() { await leave 60 "this machine's answer to reach the cluster" answered "$1"; }
answered() { ask_cluster annotate node "$NAME" --overwrite "rackplane/leave=$TOKEN $1" >/dev/null; }

# answer_failure: the neighbour tells why.
answer_failure() {
  answered "failed: $(tail -n 1 "$STATUS" | cut -f5 | head -c 500)" || true
}

# withdraw_for_good: another machine serves at the endpoint, no balancer leads here, another member leads etcd.
withdraw_for_good() {
  hold_back
  leave_balancers
  await leave "$DEADLINE" "a quorum of etcd to answer" know_members
  hand_over_lead
}

# taken_out: a quorum lists this machine no more; of a worker, whose Node goes: the cluster.
taken_out() {
  local found
  if [ "$(role)" = control-plane ]; then
    found=$(etcd_members) || {
      printf '%s\n' "$found"
      return 1
    }
    found=$(etcd_entry "$found")
  else
    found=$(ask_cluster get node "$NAME" --ignore-not-found -o name) || return 1
  fi
  [ -z "$found" ] || {
    echo "the cluster lists it still"
    return 1
  }
}
