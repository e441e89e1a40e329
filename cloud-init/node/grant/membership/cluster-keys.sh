# shellcheck shell=bash
# shellcheck disable=SC2034  # the verbs that source this one read its variables
# How `join` and `member` begin: with the cluster's keys from the grant, and with what a quorum says of the members.

# use_cluster_keys: sets CA and MEMBERS (see etcd_members). The members are read before any decision: a query that failed
# must never be taken for "not a member".
use_cluster_keys() {
  ENDINGS+=(delete_token)
  refuse_other_keys
  check_encryption
  etcd_client "$WORK/pki"
  CA=$WORK/pki/ca.crt
  # The quorum may need this machine's etcd, so it starts before the quorum is asked.
  if [ -e "$ETCD_DATA" ]; then systemctl start kubelet >&2 || true; fi
  await reach "$DEADLINE" "a quorum of etcd to answer; without one this machine can neither join nor leave: bring members back, or restore etcd from a snapshot" find_members
  MEMBERS=$(<"$WORK/members")
}

# find_members: where none of the roster is a member, all of them have been replaced; then the API at the endpoint tells
# where the members are.
find_members() {
  know_members && return 0
  [ ! -s "$ELSEWHERE" ] && ask_elsewhere && know_members
}

ask_elsewhere() {
  api_ready "$VIP" >/dev/null 2>&1 || return 1
  admin_kubeconfig "$WORK/elsewhere.conf" "$VIP" "$WORK/pki" || return 1
  kubectl --kubeconfig "$WORK/elsewhere.conf" --request-timeout 20s get nodes -l node-role.kubernetes.io/control-plane -o json |
    jq -r '.items[].status.addresses[]? | select(.type == "InternalIP").address' >"$ELSEWHERE"
}

# is_member MEMBERS: a quorum lists this machine as a voting member, and all parts of a member are on it.
is_member() { whole && [[ $(etcd_entry "$1") == *$'\tvoting' ]]; }
