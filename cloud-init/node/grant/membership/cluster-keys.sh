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
  await reach "$DEADLINE" "a quorum of etcd to answer; without one this machine can neither join nor leave: bring members back, or restore etcd from a snapshot" know_members
  MEMBERS=$(<"$WORK/members")
}

# is_member MEMBERS: a quorum lists this machine as a voting member, and all parts of a member are on it.
is_member() { whole && [[ $(etcd_entry "$1") == *$'\tvoting' ]]; }
