# shellcheck shell=bash
# shellcheck disable=SC2154  # ROSTER is lib/grant.sh's
# A smaller configuration does not by itself make etcd smaller: taking the machines away first would
# leave dead members that count against the quorum.

# refuse_strangers MEMBERS: every member of etcd stands in the configuration. By name: a machine that was
# re-created is listed under its old address until it has joined again.
refuse_strangers() {
  local name address
  while IFS=$'\t' read -r _ name address _; do
    # A learner that never started has no name yet.
    [[ $name == - || ",$ROSTER," == *",$name,"* ]] || die roster \
      "etcd has a member '$name' at $address, which the configuration does not have any more; expected none but ${ROSTER//,/ }. Nothing was changed. To leave it out: drain it, run 'kubeadm reset' on it (that removes its etcd member), 'kubectl delete node $name', then 'pulumi up' again"
  done <<<"$1"
}
