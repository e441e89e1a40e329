#!/usr/bin/env bash
# Lists in a machine's root what the running kernel has built in, so that modprobe finds it, as it does on a machine
# with its kernel's own files. For a host without loadable modules; done at a machine's first boot on such a kernel.
set -euo pipefail
root=${1:?usage: modules.sh ROOT}
release=$(uname -r)
[ ! -e "$root/lib/modules/$release/modules.dep" ] || exit 0

mkdir -p "$root/lib/modules/$release"
config=$(zcat /proc/config.gz || cat "/boot/config-$release" || true)
while read -r option module; do
  if grep -qx "CONFIG_$option=y" <<<"$config"; then echo "kernel/$module.ko"; fi
done >"$root/lib/modules/$release/modules.builtin" <<'MODULES'
OVERLAY_FS overlay
BRIDGE_NETFILTER br_netfilter
BRIDGE bridge
VETH veth
VXLAN vxlan
DUMMY dummy
TUN tun
NF_CONNTRACK nf_conntrack
NF_NAT nf_nat
NF_TABLES nf_tables
IP_NF_IPTABLES ip_tables
IP6_NF_IPTABLES ip6_tables
IP_NF_FILTER iptable_filter
IP_NF_NAT iptable_nat
IP_NF_MANGLE iptable_mangle
NETFILTER_XTABLES x_tables
IP_SET ip_set
IP_VS ip_vs
IP_VS_RR ip_vs_rr
MODULES
: >"$root/lib/modules/$release/modules.order"
chroot "$root" depmod "$release"
