# shellcheck shell=bash
# Takes this machine back to the state that `prepare` left: Kubernetes does not run, etcd's data is gone. The caller has
# made sure that no cluster needs this machine's data.

start_over() {
  say start-over start "taking down what an unfinished form or join left on this machine"
  # membership/stale.sh removes the etcd member, after a check. kubeadm would remove it without one, through admin.conf,
  # so it gets neither that phase nor a kubeconfig.
  kubeadm reset --force --cleanup-tmp-dir --skip-phases remove-etcd-member --kubeconfig "$WORK/none" \
    --cri-socket unix:///run/containerd/containerd.sock >&2 ||
    die start-over "kubeadm reset failed (journalctl -u rackplane-$VERB); correct its cause or replace the machine"
  rm -rf "$ETCD_DATA" "$PKI"
  # The next Node may have another subnet for its pods.
  rm -f "$ROOT/etc/cni/net.d/10-rackplane.conflist" "$ROOT/run/flannel/subnet.env"
  # A machine that holds the VIP would answer itself when it looks for the cluster.
  await start-over 60 "the announcer to take the VIP off this machine" vip_away
  say start-over "done" "this machine is as prepared"
}
