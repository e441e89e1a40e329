# shellcheck shell=bash
# What this machine is for, as far as node.json says. Sourced after common.sh.

role() { jq -r '.role // "control-plane"' "$NODE_JSON"; }

# is FILTER: the jq filter is true of node.json. Without jq or node.json it is false.
is() { jq -e '.role //= "control-plane" | '"$1" "$NODE_JSON" >/dev/null 2>&1; }

# announces: this machine has a part in holding the VIP.
announces() {
  is '.role == "control-plane" and (.announcer.kind | IN("kube-vip-bgp", "kube-vip-arp", "keepalived")) or .role == "balancer"'
}

# balances: a balancer and keepalived run on this machine.
balances() { is '.role == "control-plane" and .announcer.kind == "keepalived" or .role == "balancer"'; }

# metadata_peers: this machine's BGP neighbours are in its metadata.
metadata_peers() {
  is '.machine.kind == "equinix-metal" and .announcer.kind == "kube-vip-bgp" and .announcer.peers == null'
}
