# shellcheck shell=bash
# Every healthy machine runs a kube-vip; they elect one by a lease, and that one has the VIP on its interface.
# Sourced by verbs/announce.sh, whose variables these functions share.
# shellcheck disable=SC2034,SC2154
# shellcheck source=../lib/kube-vip.sh
. "$BUNDLE/grant/lib/kube-vip.sh"
# shellcheck source=../lib/silent-holder.sh
. "$BUNDLE/grant/lib/silent-holder.sh"

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

# Killed at once: its goodbye goes to its own API server, which is dead or ends, and until then some releases go on.
PARTING=KILL

tend() {
  # A new credential changes the source, and tend_kube_vip then replaces the manifest. A new node.json is left to the
  # process that is started with it, which hands the address over first (begin).
  [ "$(credential)" = "$rendered_with" ] || render
  tend_kube_vip
}

# after_withdrawal: frees the lease through a peer, so that the next machine leads in a second and not after the whole
# lease. kube-vip cannot free it: its API server is dead, and kube-vip was ended before it could ask another. The patch
# tests and changes the holder in one operation, so only this machine's own lease is freed. The call is waited for: a
# later one could free this machine's next lease.
after_withdrawal() {
  local peer patch status
  passed_on=''
  # The others free it, and none of them is to be reached.
  ! cut_off || return 0
  [ -s "$ROSTER_JSON" ] && know_administrator "$ROOT$(credential)" || return 0
  patch=$(jq -cn --arg name "$(machine .name)" '[
    {op: "test", path: "/spec/holderIdentity", value: $name},
    {op: "replace", path: "/spec/holderIdentity", value: ""}]')
  while read -r peer; do
    status=$(patch_lease "$peer" <<<"$patch")
    [ "$status" != 200 ] || say announce wait "the lease is freed through $peer"
    # 422: another machine holds it already; 404: there is none.
    case $status in
    200 | 422)
      passed_on=yes
      return 0
      ;;
    404) return 0 ;;
    esac
  done < <(jq -r --arg own "$(machine .address)" '.[].address | select(. != $own)' "$ROSTER_JSON")
}

# patch_lease PEER: by that machine's API server, with the patch on standard input; prints the status.
patch_lease() {
  curl -s --noproxy '*' -m 1 --cacert "$PKI/ca.crt" \
    "${ADMINISTRATOR[@]}" -o /dev/null -w '%{http_code}' \
    -X PATCH -H 'Content-Type: application/json-patch+json' --data-binary @- \
    "https://$1:${api##*:}$LEASE" || true
}

# hand_over: this machine's API server serves until this program ends (units/containers.conf), so the address stays
# until another machine has told the network that it has it, and no client waits. That it leads is not enough: kube-vip
# (0.9.1 and 1.2.2) says so up to 0.4 s after it has put the address in place. A cluster of one machine, or one whose other
# machines do not lead in time, loses the address all the same.
hand_over() {
  local listener
  holds_address || return 0
  end_kube_vip
  # For as long as two machines have the address, this one names it in no question of its own by ARP: each would lead a
  # client back here (arp_announce, Documentation/networking/ip-sysctl.rst of Linux).
  sysctl -qw "net/ipv4/conf/$device/arp_announce=2" || true
  # It listens before the lease is free, so that the first word counts.
  perl "$BUNDLE/grant/lib/heard.pl" "$device" "$vip" 5 &
  listener=$!
  after_withdrawal
  [ -n "$passed_on" ] || kill "$listener" 2>/dev/null || true
  wait "$listener" || true
}
