# shellcheck shell=bash
# Every healthy machine runs a kube-vip; they elect one by a lease, and that one has the VIP on its interface.
# Sourced by verbs/announce.sh, whose variables these functions share.
# shellcheck disable=SC2034,SC2154
# shellcheck source=../lib/kube-vip.sh
. "$BUNDLE/grant/lib/kube-vip.sh"

vip_device() { node '.announcer.interface // empty' 2>/dev/null || machine .interface; }

# While this machine forms the cluster admin.conf may do nothing yet (membership/super-admin.sh).
credential() {
  if [ -e "$RUNDIR/forming" ] && [ -e "$ROOT/etc/kubernetes/super-admin.conf" ]; then
    echo /etc/kubernetes/super-admin.conf
  else
    echo /etc/kubernetes/admin.conf
  fi
}

# Whoever does not lead has no address, and that is well.
missing() { false; }

tend() {
  # The credential may have changed; the source then does, and the manifest follows.
  render
  tend_kube_vip
}

# after_withdrawal: kube-vip cannot give its lease back to an API server that is dead, and was ended before it
# could tell another. Freed through a peer, the next machine leads in a second and not after the whole lease.
# Only while this machine holds it: the test and the change are one operation. Waited for, since a lease
# that is freed later could be this machine's next one.
after_withdrawal() {
  local peer patch
  [ -s "$ROSTER_JSON" ] && [ -e "$PKI/apiserver-kubelet-client.key" ] || return 0
  patch=$(jq -cn --arg name "$(machine .name)" '[
    {op: "test", path: "/spec/holderIdentity", value: $name},
    {op: "replace", path: "/spec/holderIdentity", value: ""}]')
  while read -r peer; do
    # 422 says that another machine holds it: asked and answered.
    case $(free_lease "$peer" "$patch") in
    200)
      say announce wait "the lease is freed through $peer"
      return 0
      ;;
    404 | 422) return 0 ;;
    esac
  done < <(jq -r --arg own "$(machine .address)" '.[].address | select(. != $own)' "$ROSTER_JSON")
}

# free_lease ADDRESS PATCH: the answer's HTTP status. The API server's own client certificate administers.
free_lease() {
  curl -s -o /dev/null -w '%{http_code}' --noproxy '*' -m 1 --cacert "$PKI/ca.crt" \
    --cert "$PKI/apiserver-kubelet-client.crt" --key "$PKI/apiserver-kubelet-client.key" \
    -X PATCH -H 'Content-Type: application/json-patch+json' --data-binary @- \
    "https://$1:${api##*:}/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/plndr-cp-lock" <<<"$2" || true
}
