# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # ADDRESS, OTHERS and VERSION are the grant's (lib/grant.sh)
# Which etcd may become which. Sourced after lib/etcd.sh and lib/new-version.sh.

# etcd 3.6 reads its members from another store than 3.5 does. Before this release 3.5 could leave a member there as the
# learner that it once was, as every member that has joined was one: an etcd 3.6 then refuses to start, for too many
# learners (etcd's issues 19557 and 20793).
OLDEST_BEFORE_36=3.5.24

# refuse_old_etcd: before anything has changed. A member that does not answer is ill, which `await_others` waits for.
refuse_old_etcd() {
  local wanted address found behind=()
  wanted=$("$NEW_KUBEADM" config images list --kubernetes-version "v$VERSION" 2>/dev/null | sed -n 's,^.*/etcd:\([0-9.]*\).*,\1,p')
  [[ $wanted == 3.6.* ]] || return 0
  for address in $OTHERS "$ADDRESS"; do
    found=$(etcd_curl "https://$address:2379/version" 2>/dev/null | jq -r .etcdserver) || continue
    if [[ $found == 3.5.* ]] && [ "${found##*.}" -lt "${OLDEST_BEFORE_36##*.}" ]; then behind+=("$found at $address"); fi
  done
  [ ${#behind[@]} -eq 0 ] ||
    die upgrade "kubernetesVersion: $VERSION brings etcd $wanted, which takes over from etcd $OLDEST_BEFORE_36 or a later 3.5 on all members; found $(printf '%s, ' "${behind[@]}")take the newest patch release of the minor that runs here first, and then this one; nothing was changed"
}
