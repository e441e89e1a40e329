#!/usr/bin/env bash
# containerd and what it needs from the distribution; kubeadm, kubelet and kubectl at one exact version.
# A machine that has them, at a reboot or in an image of your own, downloads nothing.
set -euo pipefail
# shellcheck source=../lib/common.sh
. "${RACKPLANE_BUNDLE:-/opt/rackplane}/boot/lib/common.sh"
# shellcheck source=../lib/packages.sh
. "$BUNDLE/boot/lib/packages.sh"

deadline=$(node .deadlines.downloads)

# Looked for by command, not by package: Docker's containerd.io is a containerd too. The kubelet package itself depends
# on what else kubelet needs (conntrack, ethtool, ...).
declare -A package_of=([containerd]=containerd [runc]=runc [ip]=iproute2 [iptables]=iptables)
missing=()
for tool in "${!package_of[@]}"; do
  command -v "$tool" >/dev/null || missing+=("${package_of[$tool]}")
done
install_missing() {
  apt_get update && apt_get install --no-install-recommends "${missing[@]}"
}
[ ${#missing[@]} -eq 0 ] ||
  await packages "$deadline" "${missing[*]} from the distribution's package mirror" install_missing

if [ -e "$ROOT/etc/kubernetes/kubelet.conf" ] && command -v kubeadm kubelet kubectl >/dev/null; then
  # A member's versions are changed by `rackplane member` alone, in kubeadm's order, never by a reboot.
  say packages wait "this machine is a member: its Kubernetes version stays as it is until 'pulumi up' changes it"
else
  install_kubernetes packages "$deadline" kubeadm kubelet kubectl
fi
# kubeadm expects a kubelet that starts at boot; until the machine is a member it restarts idly.
systemctl is-enabled --quiet kubelet 2>/dev/null || systemctl enable --quiet kubelet
