#!/usr/bin/env bash
# The kernel forwards pods' packets and does not swap. Checked by what the kernel says afterwards:
# a setting that another file of sysctl.d undoes would show as pods that cannot reach each other.
set -euo pipefail
# shellcheck source=../lib/common.sh
. "${RACKPLANE_BUNDLE:-/opt/rackplane}/boot/lib/common.sh"

printf '%s\n' overlay br_netfilter | place "$ROOT/etc/modules-load.d/rackplane.conf" 644
printf '%s\n' net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1 |
  place "$ROOT/etc/sysctl.d/99-rackplane.conf" 644

# A container shares its kernel with a host that is not ours to change: no modules, no swap.
if ! systemd-detect-virt --quiet --container; then
  for module in overlay br_netfilter; do
    # Built into some kernels, and then not loadable; the read-back below is what counts.
    modprobe "$module" || say kernel wait "module $module cannot be loaded; going on, it may be built in"
  done
  swapoff -a
fi

set_and_check() {
  local file=$ROOT/proc/sys/${1//.//}
  { echo 1 >"$file"; } 2>/dev/null || true
  [ "$(cat "$file" 2>/dev/null)" = 1 ] ||
    die kernel "$1 is '$(cat "$file" 2>/dev/null || echo absent)' and not 1 after setting it: look for a program or a file in /etc/sysctl.d that sets it back"
}
set_and_check net.ipv4.ip_forward
# These exist only with br_netfilter; without it bridged packets do not pass iptables and need no setting.
for name in net.bridge.bridge-nf-call-iptables net.bridge.bridge-nf-call-ip6tables; do
  [ ! -e "$ROOT/proc/sys/${name//.//}" ] || set_and_check "$name"
done
