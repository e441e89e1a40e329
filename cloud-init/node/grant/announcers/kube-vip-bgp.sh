# shellcheck shell=bash
# Every healthy machine announces the VIP, which lies on its lo, to its BGP neighbours.
# Sourced by verbs/announce.sh, whose variables these functions share.
# shellcheck disable=SC2034
# shellcheck source=../lib/kube-vip.sh
. "$BUNDLE/grant/lib/kube-vip.sh"
# shellcheck source=../../boot/lib/peer-routes.sh
. "$BUNDLE/boot/lib/peer-routes.sh"

# On lo, never on a wire: the switches route to the machine, nobody asks for it by ARP.
vip_device() { echo lo; }

# Without an election kube-vip only reads it.
credential() { echo /etc/kubernetes/admin.conf; }
missing() { ! holds_address; }
after_withdrawal() { :; }

# Routes that the network's own configuration flushed come back at once. Only a platform says which gateway
# leads to the neighbours.
mend_routes() {
  local routes
  jq -e .gateway "$MACHINE_JSON" >/dev/null || return 0
  if routes=$(route_peers) && [ -n "$routes" ]; then
    say announce wait "routes to BGP peers were gone and are back: ${routes//$'\n'/, }"
  fi
}

tend() {
  mend_routes
  tend_kube_vip
}
