# shellcheck shell=bash
# A kubelet that waits for a cloud controller (--cloud-provider=external) says so of its Node when it registers it, and at no
# other time: a machine comes to it by joining. Without the flag a kubelet tells its Node's addresses again by itself.
# Sourced after membership/records.sh.

# waits_for_cloud: the kubelet here has the flag.
waits_for_cloud() { grep -qE -- '--cloud-provider=external( |")' "$KUBELET_FLAGS" 2>/dev/null; }

# wants_cloud FILE: the grant asks for the flag.
wants_cloud() {
  jq -e 'any(.kubeadm.join.nodeRegistration.kubeletExtraArgs[]?; .name == "cloud-provider" and .value == "external")' "$1" >/dev/null
}

# leave_cloud: takes the flag away where the grant no longer asks for it. The Node keeps what the controller wrote. Pods
# keep running.
leave_cloud() {
  waits_for_cloud && ! wants_cloud "$GRANT" || return 0
  say cloud start "kubelet waits for no cloud controller any more"
  sed -E -e 's/--cloud-provider=external ?//' -e 's/ "$/"/' "$KUBELET_FLAGS" | place "$KUBELET_FLAGS" 644
  systemctl restart kubelet >&2 || die cloud "kubelet did not restart; see 'journalctl -u kubelet' here and run 'pulumi up' again"
}
