# shellcheck shell=bash
# Sourced after lib/etcd.sh.

# healthy_etcd_alarms: an alarm of NOSPACE makes the cluster read-only until there is room and it is taken back.
healthy_etcd_alarms() {
  local answer alarms pod exec
  # Without a quorum nobody answers; the condition `etcd` says so.
  answer=$(etcd_call "$ADDRESS" maintenance/alarm '{"action": "GET"}' 2>/dev/null) || return 0
  alarms=$(jq -r '[.alarms[]? | "\(.alarm) of member \(.memberID)"] | sort | join(", ")' <<<"$answer")
  [ -n "$alarms" ] || return 0
  printf '%s' "the alarm $alarms"
  [[ $alarms != *NOSPACE* ]] || {
    # The same on every machine, so that the doctor tells it once.
    pod=$(etcd_members | awk -F'\t' '$2 != "-" { print $2 }' | sort | head -n 1)
    exec="kubectl -n kube-system exec etcd-$pod -- etcdctl --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/healthcheck-client.crt --key /etc/kubernetes/pki/etcd/healthcheck-client.key"
    printf '\t%s' "etcd has used up its quota, so the cluster takes no writes: delete what fills it and run '/opt/rackplane/bin/rackplane defragment-due' on this machine, or raise etcd.quotaBytes and run 'pulumi up'; both defragment etcd and take the alarm back; by hand, after a compaction: '$exec --cluster defrag', then '$exec alarm disarm'"
  }
  return 1
}
