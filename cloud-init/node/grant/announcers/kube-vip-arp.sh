# shellcheck shell=bash
# Every healthy machine runs a kube-vip; they elect one by a lease, and that one has the VIP on its interface.
# Sourced by verbs/announce.sh, whose variables these functions share.
# shellcheck disable=SC2034,SC2154
# shellcheck source=../lib/kube-vip.sh
. "$BUNDLE/grant/lib/kube-vip.sh"

vip_device() { node '.announcer.interface // empty' 2>/dev/null || machine .interface; }

# While this machine forms the cluster, admin.conf has no rights yet (membership/super-admin.sh).
credential() {
  if [ -e "$RUNDIR/forming" ] && [ -e "$ROOT/etc/kubernetes/super-admin.conf" ]; then
    echo /etc/kubernetes/super-admin.conf
  else
    echo /etc/kubernetes/admin.conf
  fi
}

# A machine that does not lead has no address, which is no fault.
missing() { false; }

tend() {
  # A new credential changes the source, and tend_kube_vip then replaces the manifest.
  render
  tend_kube_vip
}

# after_withdrawal: frees the lease through a peer, so that the next machine leads in a second and not after the whole
# lease. kube-vip cannot free it: its API server is dead, and kube-vip was ended before it could ask another. The patch
# tests and changes the holder in one operation, so only this machine's own lease is freed. The call is waited for: a
# later one could free this machine's next lease.
after_withdrawal() {
  local peer patch
  [ -s "$ROSTER_JSON" ] && [ -e "$PKI/apiserver-kubelet-client.key" ] || return 0
  patch=$(jq -cn --arg name "$(machine .name)" '[
    {op: "test", path: "/spec/holderIdentity", value: $name},
    {op: "replace", path: "/spec/holderIdentity", value: ""}]')
  while read -r peer; do
    # 422: another machine holds the lease, so there is nothing to free.
    case $(free_lease "$peer" "$patch") in
    200)
      say announce wait "the lease is freed through $peer"
      return 0
      ;;
    404 | 422) return 0 ;;
    esac
  done < <(jq -r --arg own "$(machine .address)" '.[].address | select(. != $own)' "$ROSTER_JSON")
}

# free_lease ADDRESS PATCH: the answer's HTTP status. The API server's own client certificate has an administrator's
# rights.
free_lease() {
  curl -s -o /dev/null -w '%{http_code}' --noproxy '*' -m 1 --cacert "$PKI/ca.crt" \
    --cert "$PKI/apiserver-kubelet-client.crt" --key "$PKI/apiserver-kubelet-client.key" \
    -X PATCH -H 'Content-Type: application/json-patch+json' --data-binary @- \
    "https://$1:${api##*:}/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/plndr-cp-lock" <<<"$2" || true
}
