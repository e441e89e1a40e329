# shellcheck shell=bash
# shellcheck disable=SC2154  # ROSTER is lib/grant.sh's
# A machine that leaves the configuration stays an etcd member. If the machine were taken away first, its dead member
# would count against the quorum.

# refuse_strangers MEMBERS: dies when an etcd member is not in the configuration. Compared by name: etcd lists a
# re-created machine under its old address until the machine has joined again.
refuse_strangers() {
  local name address
  while IFS=$'\t' read -r _ name address _; do
    # A learner that never started has no name yet.
    [[ $name == - || ",$ROSTER," == *",$name,"* ]] || die roster \
      "etcd has a member '$name' at $address, which the configuration does not have any more; expected none but ${ROSTER//,/ }. Nothing was changed. To leave it out: drain it, run 'kubeadm reset' on it (that removes its etcd member), 'kubectl delete node $name', then 'pulumi up' again"
  done <<<"$1"
}
