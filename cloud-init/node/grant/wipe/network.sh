# shellcheck shell=bash
# What connected pods, and led packets: interfaces, rules of iptables, the VIP. Sourced after common.sh.

# Of flannel and the bridge plugin, Cilium, Calico, kube-proxy's IPVS.
POD_INTERFACES=(cni0 flannel.1 cilium_vxlan cilium_net cilium_host vxlan.calico kube-ipvs0)
# By these words a chain or a rule is told from a person's own: kube-proxy's and kubelet's, the plugins', flannel's,
# Cilium's, Calico's, this program's.
POD_RULES='KUBE-|CNI-|FLANNEL|flanneld|CILIUM_|cali-|cali:|rackplane-'

# wipe_vip: whatever became of the announcer and of keepalived, and their filter (lib/vrrp-filter.sh).
wipe_vip() {
  local device vip
  nft delete table inet rackplane_vrrp 2>/dev/null || true
  vip=$(node .endpoint.address) || return 0
  if [[ $vip =~ ^[0-9.]+$ ]]; then
    while read -r _ device _; do ip addr del "$vip/32" dev "$device" 2>/dev/null || true; done < <(ip -4 -o addr show to "$vip/32")
  fi
}

wipe_pod_network() {
  local name
  for name in "${POD_INTERFACES[@]}"; do ip link del "$name" 2>/dev/null || true; done
  wipe_rules iptables
  wipe_rules ip6tables
  # kube-proxy's, with mode nftables.
  for name in ip ip6; do nft delete table "$name" kube-proxy 2>/dev/null || true; done
  rm -rf "$ROOT/var/lib/cni" "$ROOT/run/flannel" "$ROOT"/etc/cni/net.d/{10-rackplane.conflist,05-cilium.conflist,10-calico.conflist,calico-kubeconfig}
}

# wipe_rules PROGRAM: all tables at once, and every other rule as it was.
wipe_rules() {
  local rules
  command -v "$1-save" >/dev/null || return 0
  rules=$("$1-save" 2>/dev/null) || return 0
  ! grep -qE "$POD_RULES" <<<"$rules" || grep -vE "$POD_RULES" <<<"$rules" | "$1-restore" ||
    echo "wipe: rules of $1 could not be taken away; they are gone after a reboot" >&2
}
