# shellcheck shell=bash
# Every healthy machine announces the VIP, which lies on its lo, to its BGP neighbours.
# Sourced by verbs/announce.sh, whose variables these functions share.
# shellcheck disable=SC2034
# shellcheck source=../lib/kube-vip.sh
. "$BUNDLE/grant/lib/kube-vip.sh"
# shellcheck source=../../boot/lib/peer-routes.sh
. "$BUNDLE/boot/lib/peer-routes.sh"

# On lo and not on a network interface: the switches route to the machine, and ARP is never asked for the VIP.
vip_device() { echo lo; }

# Without a leader election kube-vip only reads this file.
credential() { echo /etc/kubernetes/admin.conf; }
missing() { ! holds_address; }
after_withdrawal() { :; }
# The switches know the other machines' routes already.
hand_over() { :; }
# It says goodbye to the switches.
PARTING=TERM

# mend_routes: puts routes back at once that the network's own configuration flushed. Only a platform tells the gateway
# that leads to the neighbours.
mend_routes() {
  local routes
  jq -e .gateway "$MACHINE_JSON" >/dev/null || return 0
  if routes=$(route_peers) && [ -n "$routes" ]; then
    say announce wait "routes to BGP peers were gone and are back: ${routes//$'\n'/, }"
  fi
}

# mend_address: kube-vip puts the VIP on `lo` when it starts and never looks at it again.
mend_address() {
  if ! holds_address && [ -n "$(kube_vip_pids "$vip")" ] && ip addr add "$vip/32" dev "$device"; then
    say announce wait "$vip was gone from $device and is back"
  fi
}

tend() {
  mend_routes
  mend_address
  tend_kube_vip
}
