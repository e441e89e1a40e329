# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # ADDRESS and OTHERS are the grant's (lib/grant.sh)
# A member whose etcd has used up its quota. No change can begin, since the lock is a write: so room comes first, by a
# larger quota where the grant has one, and by defragmentation. Sourced after change/change.sh and lib/etcd-space.sh.

# The alarm stays until the quotas of other members are raised, too: this machine's other changes were none.
NO_SPACE=

# mend_space: for `member`, before its changes.
mend_space() {
  local sentence widened='' others
  out_of_space || return 0
  sentence=$(due_manifests) || exit 1
  if [ -n "$sentence" ] && quota_rises; then
    say change start "set etcd's quota to $(mib "$(wanted_quota)"), etcd restarts"
    await_others
    hold_back
    keep_before
    change_pod etcd
    let_go
    widened=yes
  fi
  if make_space; then return; fi
  know_due
  # The cluster's documents are for the machine that takes the alarm back.
  others=$(printf '%s\n' "${DUE[@]}" | grep -vx -e documents -e '' || true)
  if [ -z "$widened" ] || [ -n "$others" ] || ! smaller_quotas; then
    die space "etcd has used up its quota, and takes neither writes nor changes; expected a tenth of it free; delete what fills it ('kubectl delete' still works) and run 'rackplane defragment-due' on this machine, or raise etcd.quotaBytes alone and run 'pulumi up' (docs/etcd.md)"
  fi
  say space wait "the quotas of the other members are raised next"
  # shellcheck disable=SC2034  # verbs/member.sh reads it
  NO_SPACE=yes
}

# wanted_quota: as the grant's documents have it.
wanted_quota() {
  jq -r --argjson default "$DEFAULT_QUOTA" '[.kubeadm.init[] | select(.kind == "ClusterConfiguration").etcd.local.extraArgs[]?
    | select(.name == "quota-backend-bytes").value | tonumber] | first // $default' "$GRANT"
}

quota_rises() { space_of "$ADDRESS" && [ "$(wanted_quota)" -gt "$QUOTA" ]; }

# smaller_quotas: another member has a smaller quota than this one.
smaller_quotas() {
  local own address
  space_of "$ADDRESS" && own=$QUOTA
  for address in $OTHERS; do
    if space_of "$address" && [ "$QUOTA" -lt "$own" ]; then return 0; fi
  done
  return 1
}

# refuse_small_quota: for change/manifests.sh. With a quota that is used up already etcd would refuse every write from its
# start on.
refuse_small_quota() {
  local quota
  quota=$(wanted_quota)
  space_of "$ADDRESS" || return 0
  [ $((SIZE * 10)) -lt $((quota * 9)) ] || [ "$quota" -ge "$QUOTA" ] ||
    die etcd "etcd.quotaBytes: found $quota, expected more than $((SIZE * 10 / 9)), as etcd's database here has $SIZE bytes; nothing was changed; take a larger quota, or defragment etcd first (docs/etcd.md)"
}
